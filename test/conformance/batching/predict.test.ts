// V1 :predict (vectors 76, 77, A13, A14): instances are joined as they are, predictions taken apart by their count.
import { expect, it } from 'vitest';
import { scripted } from '../../support/oracle-runtime/runtime-answer.ts';
import { type BatchingSettings, seen, startBatching } from './batching.ts';
import { predict } from './sent.ts';

const known = ['/v1/models/m:predict', '/v1/models/echo:predict'];
const start = (settings: BatchingSettings = {}) => startBatching({ known, ...settings });

it('76: instances of several requests become one list, predictions go back by count', async () => {
  const { oracle, gather } = await start();
  const answers = await gather([predict('{"instances":[[1]]}'), predict('{"instances":[[2],[3]]}')]);
  expect(oracle.calls.map((call) => call.json)).toEqual(['{"instances":[[1],[2],[3]]}']);
  expect(oracle.calls[0]?.headers['content-type']).toBe('application/json');
  expect(answers.map((answer) => answer.json)).toEqual(['{"predictions":[1]}', '{"predictions":[2,3]}']);
});

it('A13: the first request is sent with all instances in its place, other fields of the answer go to all', async () => {
  const { oracle, gather } = await start();
  oracle.script(() => scripted(200, '{"predictions":[1,2,3],"extra":true}'));
  const answers = await gather([
    predict('{"instances":[[9007199254740993]],"signature_name":"s"}'),
    predict('{"signature_name":"s","instances":[[2],[3]]}'),
  ]);
  expect(oracle.calls.map((call) => call.json)).toEqual([
    '{"instances":[[9007199254740993],[2],[3]],"signature_name":"s"}',
  ]);
  expect(answers.map((answer) => answer.json)).toEqual([
    '{"predictions":[1],"extra":true}',
    '{"predictions":[2,3],"extra":true}',
  ]);
});

it('77: numbers, base64 rows and unknown fields arrive as they were', async () => {
  const { oracle, gather } = await start({ rows: 3 });
  const answers = await gather([
    predict('{"instances":[9007199254740993],"tenant":1.0}', 'echo'),
    predict('{ "instances" : [ {"b64":"aGk="} , -0.0 ] , "tenant" : 1.0 }', 'echo'),
  ]);
  expect(oracle.calls).toHaveLength(1);
  expect(oracle.calls[0]?.json.replaceAll(' ', '')).toBe(
    '{"instances":[9007199254740993,{"b64":"aGk="},-0.0],"tenant":1.0}',
  );
  expect(answers.map((answer) => answer.json.replaceAll(' ', ''))).toEqual([
    '{"predictions":[9007199254740993]}',
    '{"predictions":[{"b64":"aGk="},-0.0]}',
  ]);
});

it('76: too few predictions are nobody’s: each request is run alone', async () => {
  const batching = await start({ rows: 3 });
  batching.oracle.behave('m', { surplusRows: -1 });
  const members = [1, 2, 3].map((value) => predict(`{"instances":[[${value}]]}`));
  const answers = await batching.gather(members);
  expect(answers.map((answer) => answer.json)).toEqual([1, 2, 3].map((value) => `{"predictions":[${value}]}`));
  expect(batching.oracle.calls).toHaveLength(4);
  expect(batching.metric('outrigger_batch_reruns_total')).toBe(3);
  await batching.send(members[0] as (typeof members)[0]);
  expect(batching.passed('quarantined')).toBe(1);
});

it('the column format passes alone', async () => {
  const batching = await start();
  const sent = predict('{"inputs":{"x":[1,2]}}');
  const [direct] = (await batching.alone([sent])).map(seen);
  expect(seen(await batching.send(sent))).toEqual(direct);
  expect(batching.passed('columnar')).toBe(1);
  expect(batching.oracle.calls.map((call) => call.body)).toEqual([sent.body]);
});

const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';

it("A14: --batcher-response kserve adds KServe's message and batchId", async () => {
  const { gather } = await start({ flags: ['--batcher-response', 'kserve'] });
  const answers = await gather([predict('{"instances":[[1]]}'), predict('{"instances":[[2],[3]]}')]);
  const ids = answers.map(({ json }) => /"batchId":"([^"]+)"/.exec(json)?.[1]);
  expect(ids[0]).toMatch(new RegExp(`^${uuid}$`));
  expect(ids[1]).toBe(ids[0]);
  expect(answers.map(({ json }) => JSON.parse(json) as unknown)).toEqual([
    { message: '', batchId: ids[0], predictions: [1] },
    { message: '', batchId: ids[0], predictions: [2, 3] },
  ]);
});

it('A14: a failure keeps its status in that shape too', async () => {
  const { oracle, gather } = await start({ rows: 2, flags: ['--batcher-response', 'kserve'] });
  oracle.script(() => ({ status: 500, headers: ['Content-Type', 'text/plain'], body: Buffer.from('boom') }));
  const answers = await gather([predict('{"instances":[[1]]}'), predict('{"instances":[[2]]}')]);
  expect(answers.map(({ status }) => status)).toEqual([500, 500]);
  for (const { json } of answers) expect(json).toContain('boom');
});

it('A14: the shape is the same for a request that was not merged', async () => {
  const { send, passed } = await start({ rows: 2, flags: ['--batcher-response', 'kserve'] });
  const { json, status } = await send(predict('{"instances":[[1],[2],[3]]}'));
  expect(passed('too_many_rows')).toBe(1);
  expect(status).toBe(200);
  expect(JSON.parse(json)).toEqual({ message: '', batchId: expect.stringMatching(uuid), predictions: [1, 2, 3] });
});

it('a field with something for each instance is given to nobody else', async () => {
  const { oracle, gather } = await start({ rows: 2 });
  oracle.script(({ json }) => {
    const { instances } = JSON.parse(json) as { instances: number[][] };
    const firsts = instances.map(([first]) => first);
    return scripted(200, JSON.stringify({ predictions: firsts, scores: firsts }));
  });
  const answers = await gather([predict('{"instances":[[1]]}'), predict('{"instances":[[2]]}')]);
  expect(answers.map(({ json }) => json)).toEqual([
    '{"predictions":[1],"scores":[1]}',
    '{"predictions":[2],"scores":[2]}',
  ]);
});

it('a cookie that comes with the answer to several is given to nobody else', async () => {
  const { oracle, gather } = await start({ rows: 2 });
  oracle.script(({ json }) => {
    const { instances } = JSON.parse(json) as { instances: number[][] };
    const body = Buffer.from(JSON.stringify({ predictions: instances.map(() => 7) }));
    return { status: 200, headers: ['Content-Type', 'application/json', 'Set-Cookie', `of=${instances}`], body };
  });
  const answers = await gather([predict('{"instances":[[1]]}'), predict('{"instances":[[2]]}')]);
  expect(answers.map(({ headers }) => headers['set-cookie'])).toEqual([['of=1'], ['of=2']]);
});
