// Thousands of generated requests and answers go through the lanes, through node's servers, and straight to node:http.
import { describe, expect, it } from 'vitest';
import type { Seen } from '../differential/agent-way.ts';
import { difference } from '../differential/compare.ts';
import { runDifferential } from '../differential/run.ts';
import { readSentRequests } from '../support/strict-request.ts';

/** The same cases each time; `npm run test:full` draws others, twenty times as many. */
const seed = Number(process.env.TEST_SEED ?? 20_261_122);
const parts = 5;
const casesOfPart = 1000;

describe('with lanes and without', () => {
  it.each(Array.from({ length: parts }, (_, part) => part))(
    `${casesOfPart} generated connections are told the same, and tell the runtime the same (part %i)`,
    async (part) => {
      const run = { seed, cases: casesOfPart, slots: 16, from: part * casesOfPart };
      const { mismatches, forwarded } = await runDifferential(run);
      expect(mismatches.map(({ index, what }) => [index, what])).toEqual([]);
      expect(forwarded).toBeGreaterThan(casesOfPart / 4); // else it compares refusals
    },
    300_000,
  );
});

describe('the comparison', () => {
  const sent = readSentRequests('POST /a HTTP/1.1\r\nhost: h\r\ncontent-length: 1\r\n\r\nx');
  const client = 'HTTP/1.1 200 OK\r\nX: 1\r\nContent-Length: 2\r\n\r\nok';
  const seen: Seen = { client, reset: false, hung: false, sent, unsound: null };
  const direct = [{ method: 'POST', target: '/a', body: 'x' }];
  const answer = { bytes: client, cuts: [], ending: 'stays' } as const;
  const other = (change: Partial<Seen>): string | null => difference({ ...seen, ...change }, seen, { direct, answer });

  it('finds nothing where nothing differs but the way', () => {
    const chunks = 'HTTP/1.1 200 OK\r\nX: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n';
    expect([other({}), other({ client: chunks })]).toEqual([null, null]);
  });

  it('finds an answer that only the lane gave', () => {
    expect(difference(seen, { ...seen, client: '' }, { direct, answer })).toEqual(expect.any(String));
  });

  it.each<[string, Partial<Seen>]>([
    ['another body', { client: client.replace('ok', 'no') }],
    ['a lost field', { client: client.replace('X: 1\r\n', '') }],
    ['an answer that ends early', { client: client.slice(0, -1) }],
    ['a second answer', { client: client + client }],
    ['no answer', { client: '' }],
    ['a client that waits for ever', { hung: true }],
    ['a request that was not sent', { sent: [] }],
    ['a request of its own', { sent: [...sent, ...readSentRequests('GET /b HTTP/1.1\r\nhost: h\r\n\r\n')] }],
    ['bytes that nobody should read', { unsound: 'bare LF' }],
  ])('finds %s', (_, change) => {
    expect(other(change)).toEqual(expect.any(String));
  });
});
