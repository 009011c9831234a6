import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startOnnxRuntime } from '../../src/dev/onnx-runtime.ts';
import { measureAccuracy, readHeldBackDigits } from './held-back.ts';
import { DIGITS_DIR, startTestRuntime, type TestRuntime } from './runtime-client.ts';

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

describe('the embedded runtime', () => {
  let runtime: TestRuntime;
  beforeAll(async () => {
    runtime = await startTestRuntime();
  });
  afterAll(() => runtime.stop());

  test('reads at least 95 % of the digits that its model never saw', async () => {
    expect((await readHeldBackDigits()).length).toBe(450);
    expect(await measureAccuracy(runtime.baseUrl)).toBeGreaterThanOrEqual(0.95);
  });

  test('answers for rows as it answers for each row alone', async () => {
    const digits = (await readHeldBackDigits()).slice(0, 20);
    const infer = (data: unknown, rows: number) =>
      runtime.post('/v2/models/digits/infer', {
        inputs: [{ name: 'x', datatype: 'FP32', shape: [rows, 64], data }],
        outputs: [{ name: 'label' }],
      });
    const together = await infer(
      digits.map(({ x }) => x),
      20,
    );
    const alone = await Promise.all(digits.map(({ x }) => infer([x], 1)));
    expect(together.json.outputs[0].data).toEqual(alone.map(({ json }) => json.outputs[0].data[0]));
  });

  test('keeps 200 concurrent calls apart', async () => {
    const digits = await readHeldBackDigits();
    const calls = Array.from({ length: 200 }, (_, index) => ({ id: `call-${index}`, ...digits[index]! }));
    const replies = await Promise.all(
      calls.map(({ id, x }) =>
        runtime.post('/v2/models/digits/infer', {
          id,
          inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 64], data: x }],
        }),
      ),
    );
    expect(replies.map(({ json }) => json.id)).toEqual(calls.map(({ id }) => id));
    const right = replies.filter(({ json }, index) => json.outputs[0].data[0] === calls[index]!.label).length;
    expect(right).toBeGreaterThanOrEqual(190);
  });
});

test('stopping lets a call finish, refuses new ones, and is harmless twice', async () => {
  const runtime = await startOnnxRuntime({ host: '127.0.0.1', port: 0, modelDir: DIGITS_DIR, log: quiet });
  const url = `http://127.0.0.1:${runtime.port}/v2/models/digits/infer`;
  const input = { name: 'x', datatype: 'FP32', shape: [1000, 64], data: new Array(64_000).fill(1) };
  const reply = fetch(url, { method: 'POST', body: JSON.stringify({ inputs: [input] }) });
  expect((await reply).status).toBe(200);
  await Promise.all([runtime[Symbol.asyncDispose](), runtime[Symbol.asyncDispose]()]);
  await expect(fetch(url)).rejects.toThrow();
});

test('a connection that never finishes its request is cut at the end', async () => {
  const runtime = await startTestRuntime({ closeTimeoutMs: 50 });
  const upload = new TransformStream<Uint8Array, Uint8Array>();
  const writer = upload.writable.getWriter();
  const call = fetch(`${runtime.baseUrl}/v2/models/digits/infer`, {
    method: 'POST',
    body: upload.readable,
    duplex: 'half',
  });
  const outcome = call.then(
    (response) => response.status,
    () => 'cut',
  );
  await writer.write(Buffer.from('{'));
  await runtime.stop();
  expect(await outcome).toBe('cut');
  await writer.abort().catch(() => undefined);
});

describe('a runtime that cannot start says why', () => {
  test('without onnxruntime-node: the remedy', async () => {
    const importOnnxruntime = () => Promise.reject(new Error('Cannot find package'));
    const start = startOnnxRuntime({ host: '127.0.0.1', port: 0, modelDir: DIGITS_DIR, log: quiet, importOnnxruntime });
    await expect(start).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/npm i --global --ignore-scripts onnxruntime-node.*outrigger dev --upstream/),
    });
  });

  test('with a port that is taken', async () => {
    const taken = createServer();
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port));
    });
    const start = startOnnxRuntime({ host: '127.0.0.1', port, modelDir: DIGITS_DIR, log: quiet });
    await expect(start).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await new Promise((resolve) => taken.close(resolve));
  });

  test('with a model folder that does not exist: and it leaves no port open', async () => {
    const start = startOnnxRuntime({ host: '127.0.0.1', port: 0, modelDir: '/nowhere/models', log: quiet });
    await expect(start).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
