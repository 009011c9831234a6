// Logging stands outside batching: each caller's own request and answer, and which call to the runtime they shared.
import { expect, it } from 'vitest';
import { startBatching } from '../batching/batching.ts';
import { infer, input, type Sent } from '../batching/sent.ts';
import { only } from './logging.ts';
import { openSink } from './sink.ts';

const rows = (id: string, count: number, value: number, headers: Record<string, string> = {}): Sent => {
  const data = Array.from({ length: count }, () => `[${value},1]`);
  const json = `{"id":"${id}","inputs":[${input('x', 'FP32', [count, 2], `[${data}]`)}]}`;
  return infer(json, { model: 'm', headers: { 'X-Request-Id': id, ...headers } });
};

async function startBoth(flags: readonly string[] = []) {
  const sink = await openSink();
  const batching = await startBatching({
    flags: ['--log-url', sink.url, '--metadata-headers', 'traceparent', ...flags],
  });
  return { ...batching, sink };
}

it('each caller’s own exchange, byte for byte, tied by the batch', async () => {
  const { gather, oracle, sink } = await startBoth();
  const members = [rows('a', 1, 1, { traceparent: '00-a' }), rows('b', 1, 2, { traceparent: '00-b' }), rows('c', 1, 3)];
  const answers = await gather(members);
  expect(oracle.calls).toHaveLength(1);
  const ids = ['a', 'b', 'c'];
  await expect.poll(() => sink.events().filter(({ id }) => ids.includes(id)).length).toBe(6);
  const batchIds = new Set<string | undefined>();
  for (const [at, id] of ids.entries()) {
    const own = sink.events().filter((event) => event.id === id);
    const [request, response] = [only(own, 'request'), only(own, 'response')];
    expect(request.data.equals(members[at]!.body)).toBe(true);
    expect(response.data.equals(answers[at]!.body)).toBe(true);
    expect(JSON.parse(String(response.data))).toMatchObject({ id });
    expect(response.attributes).toMatchObject({ batchsize: '3', batchrows: '3', modelname: 'm' });
    expect(request.attributes).not.toHaveProperty('batchid');
    batchIds.add(response.attributes.batchid);
  }
  expect(batchIds.size).toBe(1);
  expect([...batchIds][0]).toMatch(/./);
  const metadata = (id: string) => sink.events().find((event) => event.id === id)?.attributes.metadata;
  expect([metadata('a'), metadata('b')]).toEqual(['{"traceparent":["00-a"]}', '{"traceparent":["00-b"]}']);
});

it('a batch that fails: each caller’s event has the status that it got', async () => {
  const { gather, sink } = await startBoth(['--log-all-responses']);
  await gather([rows('x', 1, 1), rows('y', 1, 666), rows('z', 1, 3)]);
  const ids = ['x', 'y', 'z'];
  await expect.poll(() => sink.events().filter(({ id }) => ids.includes(id)).length).toBe(6);
  const codes = ids.map(
    (id) =>
      only(
        sink.events().filter((event) => event.id === id),
        'response',
      ).attributes.statuscode,
  );
  expect(codes).toEqual(['200', '400', '200']);
});

it('binary answers are each caller’s part, with the length of its own JSON', async () => {
  const { gather, sink } = await startBoth();
  const of = (id: string, value: number) =>
    infer(
      `{"id":"${id}","parameters":{"binary_data_output":true},"inputs":[${input('x', 'FP32', [1, 2], `[${value},1]`)}]}`,
      {
        model: 'm',
        headers: { 'X-Request-Id': id },
      },
    );
  const answers = await gather([of('p', 1), of('q', 2), of('r', 3)]);
  await expect.poll(() => sink.events().filter(({ id }) => ['p', 'q', 'r'].includes(id)).length).toBe(6);
  for (const [at, id] of ['p', 'q', 'r'].entries()) {
    const { data, attributes } = only(
      sink.events().filter((event) => event.id === id),
      'response',
    );
    expect(data.equals(answers[at]!.body)).toBe(true);
    expect(attributes.inferenceheadercontentlength).toBe(answers[at]!.headers['inference-header-content-length']);
    expect(attributes.inferenceheadercontentlength).toMatch(/^\d+$/);
  }
});
