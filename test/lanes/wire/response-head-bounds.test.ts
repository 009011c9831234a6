// How much of the bytes is looked at: never behind their end, never more than a head may have, at every cut.
import { describe, expect, it } from 'vitest';
import { maxResponseHeaderBytes } from '../../../src/http/response-head.ts';
import type { WireResponseHead } from '../../../src/lanes/wire/heads.ts';
import { readResponseHead } from '../../../src/lanes/wire/response-head.ts';

const heads = [
  'HTTP/1.1 200 OK\r\nServer: x\r\nDate: Sun, 22 Nov 2026 03:42:20 GMT\r\nContent-Length: 5\r\nConnection: close\r\n\r\n',
  'HTTP/1.0 200\r\nTransfer-Encoding: chunked\r\nKeep-Alive: timeout=5\r\na:\r\nb:c\r\n\r\n',
  'HTTP/1.1 204 \r\n\r\n',
];

function facts(head: WireResponseHead) {
  return { ...head, headers: head.headers.write([]) };
}

describe.each(heads)('the head %j', (text) => {
  const whole = Buffer.from(text, 'latin1');

  it('is incomplete up to its last byte', () => {
    for (let end = 0; end < whole.length; end++)
      expect(readResponseHead(whole, 0, end), `cut at ${end}`).toBe('incomplete');
    expect(readResponseHead(whole, 0, whole.length)).toMatchObject({ bytes: whole.length });
  });

  it('is the same at any place and with anything around it', () => {
    const alone = facts(readResponseHead(whole, 0, whole.length) as WireResponseHead);
    for (const poison of ['\0', '\r', '\n', ' ', ':', 'x', '5']) {
      const around = poison.repeat(7);
      const bytes = Buffer.concat([Buffer.from(around), whole, Buffer.from(around)]);
      expect(facts(readResponseHead(bytes, 7, 7 + whole.length) as WireResponseHead)).toEqual(alone);
      expect(facts(readResponseHead(bytes, 7, bytes.length) as WireResponseHead)).toEqual(alone);
    }
  });

  it('does not depend on what stands behind its end, at any cut', () => {
    for (const poison of ['\0', '\r', '\n', ' ', ':', 'x', '5', '\r\n\r\n']) {
      for (let cut = 0; cut < whole.length; cut++) {
        const bytes = Buffer.concat([whole.subarray(0, cut), Buffer.from(poison.repeat(64))]);
        expect(readResponseHead(bytes, 0, cut), `${JSON.stringify(poison)} at ${cut}`).toBe('incomplete');
      }
    }
  });
});

describe('a head', () => {
  const withBytes = (total: number): Buffer => {
    const rest = 'HTTP/1.1 200 OK\r\na: \r\n\r\n';
    return Buffer.from(rest.replace('a: ', `a: ${'x'.repeat(total - rest.length)}`));
  };

  it('may have all the bytes that are allowed, and not one more', () => {
    const largest = withBytes(maxResponseHeaderBytes);
    expect(readResponseHead(largest, 0, largest.length)).toMatchObject({ bytes: maxResponseHeaderBytes });
    const larger = withBytes(maxResponseHeaderBytes + 1);
    expect(() => readResponseHead(larger, 0, larger.length)).toThrow(/beyond 65536 bytes/);
  });

  it('is given up when the bytes that are allowed do not hold it', () => {
    const larger = withBytes(maxResponseHeaderBytes + 1);
    expect(readResponseHead(larger, 0, maxResponseHeaderBytes - 1)).toBe('incomplete');
    expect(() => readResponseHead(larger, 0, maxResponseHeaderBytes)).toThrow(/beyond 65536 bytes/);
  });

  it('may have thousands of fields that are spelled and dropped in turn', () => {
    const count = 2000;
    const text = `HTTP/1.1 200 OK\r\n${'a:b\r\nUpgrade: c\r\n'.repeat(count)}\r\n`;
    const head = readResponseHead(Buffer.from(text), 0, text.length) as WireResponseHead;
    expect(head.headers.wireBytes).toBe(count * 'a: b\r\n'.length);
  });
});
