// Property: whatever valid end-to-end fields are sent, order, duplicates, case of names and bytes of values arrive unchanged.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fieldRole } from '../../src/http/hop-by-hop.ts';
import { rawClient } from '../support/raw-client.ts';
import { rawRuntime } from '../support/raw-runtime.ts';
import { seed } from '../support/seed.ts';
import { readSentRequests } from '../support/strict-request.ts';
import { startTestAgent } from '../support/test-agent.ts';

type Field = readonly [name: string, value: string];

const tokenBytes = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".split('');
const valueBytes = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).filter((one) =>
  /[\t\x20-\x7e\x80-\xff]/.test(one),
);
const common = [
  'Content-Type',
  'accept',
  'COOKIE',
  'Authorization',
  'X-Request-Id',
  'x-request-id',
  'Date',
  'ETag',
  'Vary',
];
const special = [
  'Set-Cookie',
  'User-Agent',
  'Content-Encoding',
  '__proto__',
  'constructor',
  'Inference-Header-Content-Length',
];

/** Fields that this hop passes on unread; `passing` are those roles that are only noted. */
const passing = ['content-type', 'user-agent', 'content-encoding'];
const isEndToEnd = (name: string): boolean => {
  const role = fieldRole(name.toLowerCase());
  return role === undefined || passing.includes(role);
};

const name = fc.oneof(
  fc.constantFrom(...common, ...special),
  fc.string({ unit: fc.constantFrom(...tokenBytes), minLength: 1, maxLength: 20 }).filter(isEndToEnd),
);
const value = fc
  .string({ unit: fc.constantFrom(...valueBytes), maxLength: 60 })
  .map((text) => text.replaceAll(/^[\t ]+|[\t ]+$/g, '')); // the white space around a value is no part of it
const fields = fc
  .array(fc.tuple(name, value), { maxLength: 25 })
  .filter((list) => list.every(([given, text]) => !/^content-encoding$/i.test(given) || !/^chunked$/i.test(text)));
/** Which of the names a Connection field lists, by position. */
const listed = fc.array(fc.nat(24), { maxLength: 3 });

interface Expected {
  readonly lines: readonly string[];
  readonly arrives: readonly Field[];
}

/** The field lines to send, some of them named by a Connection field, and what must be left of them. */
function expectedOf(sent: readonly Field[], positions: readonly number[]): Expected {
  const named = positions.flatMap((at) => sent[at]?.[0] ?? []).map((one) => one.toLowerCase());
  const lines = sent.map(([given, text]) => `${given}: ${text}`);
  if (named.length > 0) lines.splice(positions[0] ?? 0, 0, `Connection: ${named.join(', ')}`);
  return { lines, arrives: sent.filter(([given]) => !named.includes(given.toLowerCase())) };
}

async function openPath() {
  let answerHead = '';
  const runtime = await rawRuntime(({ socket }, chunk) => {
    if (chunk.endsWith('{}'))
      socket.write(Buffer.from(`HTTP/1.1 200 OK\r\n${answerHead}Content-Length: 2\r\n\r\nok`, 'latin1'));
  });
  const agent = await startTestAgent(runtime.port);
  const client = await rawClient(agent.port);
  let [sentBefore, receivedBefore] = [0, 0];
  const exchange = async (request: readonly string[], answer: readonly string[]) => {
    answerHead = answer.map((line) => `${line}\r\n`).join('');
    client.send(
      `POST / HTTP/1.1\r\nHost: a\r\n${request.map((line) => `${line}\r\n`).join('')}Content-Length: 2\r\n\r\n{}`,
    );
    const all = await client.until((text) => text.slice(receivedBefore).endsWith('\r\n\r\nok'));
    const head = all.slice(receivedBefore, all.indexOf('\r\n\r\n', receivedBefore));
    const [sent] = readSentRequests(runtime.received().slice(sentBefore));
    [sentBefore, receivedBefore] = [runtime.received().length, all.length];
    return { sent: sent?.fields ?? [], answered: head.split('\r\n').slice(1) };
  };
  return exchange;
}

describe('fields', () => {
  it('of requests and answers arrive byte for byte', async () => {
    const exchange = await openPath();
    await fc.assert(
      fc.asyncProperty(fields, listed, fields, listed, async (request, requestListed, answer, answerListed) => {
        const [up, down] = [expectedOf(request, requestListed), expectedOf(answer, answerListed)];
        const { sent, answered } = await exchange(up.lines, down.lines);
        const own = ['host', 'content-length', 'connection', 'x-forwarded-for'];
        expect(sent.filter(([given]) => !own.includes(given.toLowerCase()))).toEqual(up.arrives);
        expect(sent.filter(([given]) => given === 'X-Forwarded-For')).toEqual([['X-Forwarded-For', '127.0.0.1']]);
        const ours = ['Content-Length: 2', 'Connection: keep-alive', 'Keep-Alive: timeout=120'];
        expect(answered.filter((line) => !ours.includes(line))).toEqual(
          down.arrives.map(([given, text]) => `${given}: ${text}`),
        );
      }),
      { seed, numRuns: 300 },
    );
  });
});
