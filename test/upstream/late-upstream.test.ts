// Loaded by the first request, once; what failed to load is tried again.
import { expect, it } from 'vitest';
import type { ProxyRequest, ProxyResponse } from '../../src/http/exchange.ts';
import { lateUpstream } from '../../src/upstream/late-upstream.ts';
import type { Upstream } from '../../src/upstream/upstream.ts';

const request = {} as ProxyRequest;

function upstream(answer: ProxyResponse, disposed: () => void = () => undefined): Upstream {
  return {
    handle: async () => answer,
    async [Symbol.asyncDispose]() {
      disposed();
    },
  };
}

it('loads with the first request, once for all that come meanwhile, and is closed with what it loaded', async () => {
  const answer = {} as ProxyResponse;
  let loads = 0;
  let disposed = 0;
  const late = lateUpstream(async () => {
    loads += 1;
    return upstream(answer, () => {
      disposed += 1;
    });
  });
  expect(loads).toBe(0);
  const answers = await Promise.all([late.handle(request), late.handle(request)]);
  expect([...answers, await late.handle(request)]).toEqual([answer, answer, answer]);
  await late[Symbol.asyncDispose]();
  expect([loads, disposed]).toEqual([1, 1]);
});

it('has nothing to close when nobody asked for it', async () => {
  const late = lateUpstream(() => Promise.reject(new Error('loaded')));
  await expect(late[Symbol.asyncDispose]()).resolves.toBeUndefined();
});

it('loads again for the next request when loading failed', async () => {
  const answer = {} as ProxyResponse;
  let loads = 0;
  const late = lateUpstream(async () => {
    loads += 1;
    if (loads === 1) throw new Error('no');
    return upstream(answer);
  });
  await expect(late.handle(request)).rejects.toThrow('no');
  expect(await late.handle(request)).toBe(answer);
});
