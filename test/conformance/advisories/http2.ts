// Advisories of node:http2: hostile frames end their own connection and nothing else.
import { expect } from 'vitest';
import type { Advisory } from './advisory.ts';
import { exchange } from './checks.ts';

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
const [data, headers, reset, settings, goAway, windowUpdate, continuation] = [0, 1, 3, 4, 7, 8, 9];
const endStream = 0x1;
const endHeaders = 0x4;
/** GET http://a/ in HPACK: three entries of the static table, one literal. */
const getA = Buffer.from([0x82, 0x86, 0x84, 0x41, 0x01, 0x61]);

function frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const start = Buffer.concat([preface, frame(settings as number, 0, 0)]);
const uint32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const session = (...frames: readonly Buffer[]) => exchange(Buffer.concat([start, ...frames]));
const streams = (count: number) => Array.from({ length: count }, (_, index) => index * 2 + 1);

/** The last GOAWAY's error code; null when the server sent none. Answers are latin1, and frames may be cut at the end. */
function goAwayCode(answer: string): number | null {
  const bytes = Buffer.from(answer, 'latin1');
  let code: number | null = null;
  for (let at = 0; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) {
    if (bytes[at + 3] === goAway && at + 17 <= bytes.length) code = bytes.readUInt32BE(at + 13);
  }
  return code;
}

export const nodeHttp2: readonly Advisory[] = [
  {
    id: 'CVE-2023-44487',
    concern: 'rapid reset: streams opened and reset without end keep the server busy',
    check: async () => {
      const opened = streams(4000).flatMap((stream) => [
        frame(headers as number, endHeaders | endStream, stream, getA),
        frame(reset as number, 0, stream, uint32(8)),
      ]);
      expect(goAwayCode((await session(...opened)).answer)).toBeGreaterThan(0);
    },
  },
  {
    id: 'CVE-2024-27983',
    concern: 'CONTINUATION frames without END_HEADERS leave memory behind when the connection drops',
    check: async () => {
      const endless = Array.from({ length: 2000 }, () => frame(continuation as number, 0, 1, Buffer.alloc(64, 0x40)));
      const { sent } = await session(frame(headers as number, 0, 1, getA), ...endless);
      expect(sent).toEqual([]);
    },
  },
  {
    id: 'CVE-2025-59465',
    concern: 'a malformed HEADERS frame emits an unhandled error and ends the process',
    check: async () => {
      const { answer, sent } = await session(
        frame(headers as number, endHeaders, 1, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0x0f])),
      );
      expect([goAwayCode(answer), sent]).toEqual([9, []]); // COMPRESSION_ERROR
    },
  },
  {
    id: 'CVE-2026-21714',
    concern: 'WINDOW_UPDATE beyond 2^31-1 on stream 0 leaks the session',
    check: async () => {
      const overflow = frame(windowUpdate as number, 0, 0, uint32(2 ** 31 - 1));
      const { answer } = await session(overflow, overflow);
      expect(goAwayCode(answer)).toBe(3); // FLOW_CONTROL_ERROR
    },
  },
  {
    id: 'frames that no state allows',
    concern: 'DATA on stream 0, HEADERS on an even stream, SETTINGS of 5 bytes: protocol errors, not crashes',
    check: async () => {
      const wrong = [
        frame(data as number, 0, 0, Buffer.from('x')),
        frame(headers as number, endHeaders, 2, getA),
        frame(settings as number, 0, 0, Buffer.alloc(5)),
      ];
      for (const one of wrong) expect(goAwayCode((await session(one)).answer)).toBeGreaterThan(0);
    },
  },
];
