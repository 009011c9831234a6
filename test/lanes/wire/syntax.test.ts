import { expect, it } from 'vitest';
import { isFieldValue, isHost, isTarget, lowerToken, readLength, spells } from '../../../src/lanes/wire/syntax.ts';
import { openNodeJudge } from '../../support/node-judge.ts';

const limits = {
  ...{ host: '', port: 0, maxConnections: 1, maxHeaderBytes: 1000, maxHeaderCount: 10, maxUrlBytes: 100 },
  ...{ maxBodyBytes: null, headersTimeoutMs: 1000, keepAliveTimeoutMs: 1000 },
};

const bytesOf = (table: Uint8Array): number[] => [...table.keys()].filter((byte) => table[byte] !== 0);

/** The bytes that node:http and http/request-head.ts take at one place of a head. */
async function acceptedAt(place: (char: string) => string): Promise<number[]> {
  const judge = openNodeJudge(limits);
  const accepted: number[] = [];
  for (let byte = 0; byte < 256; byte++) {
    const reading = await judge.read(Buffer.from(place(String.fromCharCode(byte)), 'latin1'));
    if (reading !== null) accepted.push(byte);
  }
  return accepted;
}

it('a target, a value and a host hold what node and http/request-head.ts take there', async () => {
  expect(await acceptedAt((char) => `GET /a${char}b HTTP/1.1\r\nHost: a\r\n\r\n`)).toEqual(bytesOf(isTarget));
  expect(await acceptedAt((char) => `GET / HTTP/1.1\r\nHost: a\r\nX: a${char}b\r\n\r\n`)).toEqual(
    bytesOf(isFieldValue),
  );
  expect(await acceptedAt((char) => `GET / HTTP/1.1\r\nHost: a${char}b\r\n\r\n`)).toEqual(bytesOf(isHost));
});

it('a name holds what node takes there, but for the colon that ends it', async () => {
  const accepted = await acceptedAt((char) => `GET / HTTP/1.1\r\nHost: a\r\nx${char}y: a\r\n\r\n`);
  expect(accepted.filter((byte) => byte !== 58)).toEqual(bytesOf(lowerToken));
  for (const byte of bytesOf(lowerToken)) {
    expect(String.fromCharCode(lowerToken[byte] as number)).toBe(String.fromCharCode(byte).toLowerCase());
  }
});

it('a word is spelled in any case, and no other byte stands for a letter', () => {
  const bytes = Buffer.from('..Keep-Alive..');
  expect(spells(bytes, 2, 12, 'keep-alive')).toBe(true);
  expect([spells(bytes, 2, 11, 'keep-alive'), spells(bytes, 1, 11, 'keep-alive')]).toEqual([false, false]);
  expect(spells(Buffer.from('keep\x0dalive'), 0, 10, 'keep-alive')).toBe(false); // '-' without its bit of case
  expect(spells(Buffer.from('@'), 0, 1, '`')).toBe(false);
});

it.each([
  ['0', 0],
  ['012', 12],
  ['999999999999999', 999_999_999_999_999],
  ['', -1],
  ['1234567890123456', -1],
  ['+1', -1],
  ['1 2', -1],
  ['1:', -1],
  ['1/', -1],
  ['٣', -1],
])('a length %j is %d', (text, expected) => {
  const bytes = Buffer.from(text);
  expect(readLength(bytes, 0, bytes.length)).toBe(expected);
});
