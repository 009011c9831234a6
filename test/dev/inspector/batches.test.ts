// Requests that share a call of the runtime, as the inspector shows them: with their batch, its neighbours, and what each waited.
import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { startInspectedAgent } from '../../support/inspected-agent.ts';
import { openOracle } from '../../support/oracle-runtime/oracle.ts';

const body = (value: number) =>
  JSON.stringify({ id: `r${value}`, inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [value, 0] }] });

it('a batch has its members, and each member its batch', async () => {
  const oracle = await openOracle();
  const window = ['--enable-batcher', '--batch-policy', 'window', '--max-batchsize', '3', '--max-latency', '5000'];
  const { url, list, detail, batches, lines } = await startInspectedAgent(oracle.port, window);
  const infer = async (value: number) => {
    const answer = await fetch(`${url}/v2/models/echo/infer`, { method: 'POST', body: body(value) });
    expect(answer.status).toBe(200);
    await answer.text();
  };
  // Passed on alone until the limits of the model are known.
  await eventually('three share a call', async () => {
    await Promise.all([1, 2, 3].map(infer));
    return (await batches()).cursor > 0;
  });
  const seen = (await list()).exchanges.slice(-3).toSorted((one, other) => one.id - other.id);
  const [first] = seen;
  expect(seen.map(({ batch }) => batch)).toEqual(Array(3).fill({ id: first?.batch?.id, requests: 3, rows: 3 }));
  const { cursor, batches: all } = await batches();
  expect(all).toMatchObject([{ id: first?.batch?.id, model: 'echo', requests: 3, rows: 3 }]);
  const members = seen.map(({ id, waitMs, status }) => ({ id, waitMs, status }));
  expect(all[0]?.members).toEqual(members);
  expect(all[0]?.runtimeMs).toBeCloseTo(first?.runtimeMs as number, 6);
  expect((await detail(first?.id as number)).batch).toEqual(all[0]);
  expect((await batches(cursor)).batches).toEqual([]);
  expect(lines.at(-1)).toMatch(/ms {2}wait [\d.]+ \+ runtime [\d.]+ \+ agent [\d.]+ {2}batch of 3$/);
});
