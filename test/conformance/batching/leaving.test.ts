// Callers that go away (vectors 68, 69): before the batch is sent they take their rows along, afterwards only their answer.
import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { startBatching } from './batching.ts';
import { predict, sums } from './sent.ts';

it('68: who leaves before the batch is sent is not in it', async () => {
  const { oracle, begin, waiting, metric } = await startBatching({ rows: 3 });
  const a = begin(sums(1, 1));
  await waiting(1);
  const b = begin(sums(1, 2));
  await waiting(2);
  b.leave();
  await waiting(1);
  const c = begin(sums(2, 3));
  const answers = await Promise.all([a.answer, c.answer]);
  expect(answers.map(({ json }) => /"data":(\[.*?\])/.exec(json)?.[1])).toEqual(['[2]', '[4,4]']);
  expect(oracle.calls.map(({ rows }) => rows)).toEqual([3]);
  expect(oracle.calls[0]?.json).toContain('"data":[1,1,3,1,3,1]');
  expect(metric('outrigger_batch_withdrawn_total')).toBe(1);
});

it('68: when all leave before it is sent, nothing is sent, and the queue is empty', async () => {
  const { oracle, begin, waiting, metric, send } = await startBatching({ rows: 3 });
  const members = [begin(sums(1)), begin(sums(1))];
  await waiting(2);
  for (const { leave } of members) leave();
  await waiting(0);
  expect(metric('outrigger_batch_waiting_bytes')).toBe(0);
  expect((await send(sums(3))).status).toBe(200);
  expect(oracle.calls.map(({ rows }) => rows)).toEqual([3]);
});

for (const protocol of ['V1', 'V2'] as const) {
  it(`68: who leaves after the batch was sent leaves the others alone (${protocol})`, async () => {
    const known = ['/v1/models/m:predict', '/v2/models/m/infer'];
    const { oracle, begin, waiting, agent } = await startBatching({ rows: 3, known });
    const of = (value: number) => (protocol === 'V2' ? sums(1, value) : predict(`{"instances":[[${value},1]]}`));
    const gate = oracle.hold();
    const members = [];
    for (const value of [1, 2, 3]) {
      members.push(begin(of(value)));
      if (members.length < 3) await waiting(members.length);
    }
    await oracle.received(1);
    members[1]?.leave();
    await eventually('it is gone', () => inFlight(agent) === 2);
    gate.open();
    const [first, , third] = members;
    const answers = await Promise.all([first?.answer, third?.answer]);
    const data = protocol === 'V2' ? /"data":(\[.*?\])/ : /"predictions":(\[.*?\])/;
    expect(answers.map((answer) => data.exec(answer?.json ?? '')?.[1])).toEqual(['[2]', '[4]']);
    expect(oracle.calls.map(({ rows, aborted }) => [rows, aborted])).toEqual([[3, false]]);
  });
}

it('69: when all have left after it was sent, the call is cancelled', async () => {
  const { oracle, begin, waiting } = await startBatching({ rows: 2 });
  oracle.hold();
  const a = begin(sums(1));
  await waiting(1);
  const b = begin(sums(1));
  await oracle.received(1);
  a.leave();
  b.leave();
  await eventually('the call is cancelled', () => oracle.calls[0]?.aborted);
});

it('who leaves while it is run alone ends its own call, and the others are answered', async () => {
  const { oracle, begin, waiting } = await startBatching({ rows: 3 });
  let rerun: { open(): void } | null = null;
  oracle.script(({ json }) => {
    if (json.includes('"shape":[3,2]')) return null;
    rerun ??= oracle.hold();
    return null;
  });
  const members: ReturnType<typeof begin>[] = [];
  for (const value of [1, 666, 3]) {
    members.push(begin(sums(1, value)));
    if (members.length < 3) await waiting(members.length);
  }
  await oracle.received(4);
  members[1]?.leave();
  const left = (): boolean => oracle.calls.some(({ json, aborted }) => json.includes('666') && aborted);
  await eventually('its call is cancelled', left);
  (rerun as { open(): void } | null)?.open();
  const answers = await Promise.all([members[0]?.answer, members[2]?.answer]);
  expect(answers.map((answer) => answer?.status)).toEqual([200, 200]);
  expect(oracle.calls.map(({ aborted }) => aborted).filter(Boolean)).toHaveLength(1);
});

function inFlight({ metrics }: Awaited<ReturnType<typeof startBatching>>['agent']): number {
  const gauge = metrics.instruments.find(({ name }) => name === 'outrigger_requests_in_flight');
  return [...(gauge?.samples() ?? [])].reduce((sum, { value }) => sum + value, 0);
}
