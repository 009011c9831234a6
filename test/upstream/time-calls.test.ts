// When the runtime was called and answered stands beside its answer, which is otherwise the same.
import { expect, it } from 'vitest';
import type { ProxyRequest, ProxyResponse } from '../../src/http/exchange.ts';
import { timeCalls } from '../../src/upstream/time-calls.ts';

it('an answer says when the runtime was called and when it was here', async () => {
  const answer = { status: 200 } as ProxyResponse;
  const before = performance.now();
  let during = 0;
  const response = await timeCalls(async () => {
    during = performance.now();
    return answer;
  })({} as ProxyRequest);
  const { call, ...rest } = response;
  expect(rest).toEqual(answer);
  expect(call?.calledAtMs).toBeGreaterThanOrEqual(before);
  expect(call?.calledAtMs).toBeLessThanOrEqual(during);
  expect(call?.answeredAtMs).toBeGreaterThanOrEqual(during);
});
