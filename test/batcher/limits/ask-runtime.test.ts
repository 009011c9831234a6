import { describe, expect, it, onTestFinished } from 'vitest';
import { type Ask, askThrough } from '../../../src/batcher/limits/ask-runtime.ts';
import { openModelLimits } from '../../../src/batcher/limits/model-limits.ts';
import { readConfig } from '../../../src/config/read.ts';
import { openMetrics } from '../../../src/metrics.ts';
import { BufferCollector } from '../../../src/upstream/buffer-collector.ts';
import { openHttp1Upstream } from '../../../src/upstream/http1.ts';
import { Reachability } from '../../../src/upstream/reachability.ts';
import { eventually } from '../../support/eventually.ts';
import { ok, scriptedRuntime } from '../../support/scripted-runtime.ts';

/** Asks over the agent's own connections to the runtime. */
function asking(port: number, deadlineMs?: number): Ask {
  const { upstream: config } = readConfig({ argv: ['--component-port', String(port)], env: {} });
  const parts = { config, metrics: openMetrics(), reachability: new Reachability(), buffers: new BufferCollector() };
  const upstream = openHttp1Upstream(parts);
  onTestFinished(() => upstream[Symbol.asyncDispose]());
  return askThrough(upstream.handle, deadlineMs);
}

const text = (body: Uint8Array) => Buffer.from(body).toString();

describe('the runtime is asked', () => {
  it('with a plain GET that wants JSON as it is', async () => {
    const runtime = await scriptedRuntime((socket) => socket.write(ok('{"name":"m"}')));
    const { status, body } = await asking(runtime.port)('/v2/models/m/config', 'http1');
    expect([status, text(body)]).toEqual([200, '{"name":"m"}']);
    expect(runtime.requests[0]?.text.toLowerCase().split('\r\n')).toEqual([
      'get /v2/models/m/config http/1.1',
      'host: localhost',
      expect.stringMatching(/^connection: /),
      'accept: application/json',
      'accept-encoding: identity',
      '',
      '',
    ]);
  });

  it('and its errors are answers, too', async () => {
    const runtime = await scriptedRuntime((socket) =>
      socket.write('HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno'),
    );
    expect((await asking(runtime.port)('/v2/models/x', 'http1')).status).toBe(404);
  });

  it('for pages that come in many pieces', async () => {
    const piece = `40000\r\n${'a'.repeat(0x40000)}\r\n`;
    const runtime = await scriptedRuntime((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${piece}`);
      socket.write(`${piece}${piece}0\r\n\r\n`);
    });
    expect((await asking(runtime.port)('/v2/models/m', 'http1')).body.length).toBe(3 * 0x40000);
  });
});

describe('there is no answer', () => {
  it('when it is longer than 1 MiB: its connection is closed', async () => {
    const runtime = await scriptedRuntime((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n${'a'.repeat(2_000_000)}`);
    });
    await expect(asking(runtime.port)('/v2/models/m', 'http1')).rejects.toMatchObject({
      code: 'UPSTREAM_PROTOCOL_ERROR',
    });
    await eventually('the connection is closed', () => runtime.connections[0]?.ended());
  });

  it.each([
    ['before its head', ''],
    ['in its body', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"na'],
  ])('when the deadline passes %s: its connection is closed', async (_, start) => {
    const runtime = await scriptedRuntime((socket) => socket.write(start));
    await expect(asking(runtime.port, 50)('/v2/models/m', 'http1')).rejects.toThrow();
    await eventually('the connection is closed', () => runtime.connections[0]?.ended());
  });

  it('when the connection breaks', async () => {
    const runtime = await scriptedRuntime((socket) => socket.destroy());
    await expect(asking(runtime.port)('/v2/models/m', 'http1')).rejects.toThrow();
  });
});

it("a model's limits are read from a real server, as Triton answers", async () => {
  const config =
    '{"name":"m","platform":"onnxruntime_onnx","backend":"onnxruntime","max_batch_size":8,"input":[{"name":"x","data_type":' +
    '"TYPE_FP32","format":"FORMAT_NONE","dims":[2],"is_shape_tensor":false,"allow_ragged_batch":false,"optional":false}],' +
    '"output":[{"name":"y","data_type":"TYPE_FP32","dims":[1],"label_filename":"","is_shape_tensor":false}],"batch_input":[],' +
    '"batch_output":[],"instance_group":[{"name":"m","kind":"KIND_CPU","count":2,"gpus":[],"passive":false}]}';
  const metadata = '{"name":"m","inputs":[{"name":"x","shape":[-1,2]}],"outputs":[{"name":"y","shape":[-1,1]}]}';
  const runtime = await scriptedRuntime((socket, { text: request }) => {
    socket.write(ok(request.startsWith('GET /v2/models/m/config ') ? config : metadata));
  });
  const quiet = () => undefined;
  const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
  const book = openModelLimits({ ask: asking(runtime.port), trusted: [], log });
  await eventually('the model is known', () => book.look('/v2/models/m', { model: 'm', protocol: 'http1' }) !== null);
  const limits = { batchable: true, why: 'its config says max_batch_size 8', maxRows: 8, slots: 2 };
  expect(book.entries()).toEqual([{ modelPath: '/v2/models/m', ...limits }]);
});
