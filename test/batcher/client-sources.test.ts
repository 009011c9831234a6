import { describe, expect, it } from 'vitest';
import { ClientSources } from '../../src/batcher/client-sources.ts';
import type { ReleasePolicy } from '../../src/batcher/policy/release-policy.ts';
import { openWindowPolicy } from '../../src/batcher/policy/window-policy.ts';

/** A window that tells which sources were opened (numbers from 1) and closed. */
function countingPolicy() {
  const closed: unknown[] = [];
  let opened = 0;
  const window = openWindowPolicy({ maxRows: 8, maxLatencyMs: 1 }) as ReleasePolicy<unknown>;
  const policy: ReleasePolicy<unknown> = {
    ...window,
    wakeMs: 0,
    openSource: () => ++opened,
    closeSource: (source) => closed.push(source),
  };
  return { policy, closed };
}

describe('a connection of HTTP/1.1', () => {
  it('is one source for all of its requests, and is closed once', () => {
    const { policy, closed } = countingPolicy();
    const sources = new ClientSources(policy, false);
    expect([sources.take(), sources.take()]).toEqual([1, 1]);
    sources.giveBack(1);
    sources.clientGone();
    sources.giveBack(1);
    expect(closed).toEqual([1]);
  });
});

describe('a session of HTTP/2', () => {
  it('is a source for each request that it has under way at once', () => {
    const { policy } = countingPolicy();
    const sources = new ClientSources(policy, true);
    expect([sources.take(), sources.take(), sources.take()]).toEqual([1, 2, 3]);
    sources.giveBack(2);
    sources.giveBack(1);
    expect([sources.take(), sources.take(), sources.take()]).toEqual([2, 1, 4]);
  });

  it('closes what rests when it ends, and the others as they are answered: each once', () => {
    const { policy, closed } = countingPolicy();
    const sources = new ClientSources(policy, true);
    for (let request = 0; request < 3; request += 1) sources.take();
    sources.giveBack(1);
    sources.clientGone();
    expect(closed).toEqual([1]);
    sources.giveBack(3);
    sources.giveBack(2);
    expect(closed).toEqual([1, 3, 2]);
  });
});
