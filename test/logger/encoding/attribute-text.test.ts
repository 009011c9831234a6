import { createServer, type IncomingHttpHeaders } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fieldText,
  headerText,
  jsonHeaderText,
  jsonString,
  percentText,
} from '../../../src/logger/encoding/attribute-text.ts';
import { naughtyStrings } from '../../support/naughty-strings.ts';
import { seed } from '../../support/seed.ts';

const anyText = fc.oneof(fc.constantFrom(...naughtyStrings()), fc.string({ unit: 'binary' }));

/** What a server of node makes of a request with these header lines. */
async function receivedHeaders(lines: string): Promise<IncomingHttpHeaders> {
  const { promise, resolve } = Promise.withResolvers<IncomingHttpHeaders>();
  const server = createServer({ maxHeaderSize: 2 ** 20 }, (request, response) => {
    resolve(request.headers);
    response.end();
  });
  server.maxHeadersCount = 0;
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.end(`POST / HTTP/1.1\r\nHost: sink\r\nConnection: close\r\n${lines}\r\n`, 'latin1');
  try {
    return await promise;
  } finally {
    socket.destroy();
    server.close();
  }
}

describe('percentText', () => {
  it('leaves what stands for itself, and encodes the rest as the binding says', () => {
    expect(percentText("!#$&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~")).toBe("!#$&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~");
    expect(percentText('Euro € 😀')).toBe('Euro%20%E2%82%AC%20%F0%9F%98%80'); // the example of CloudEvents HTTP binding 3.1.3.2
    expect(percentText('50% "off"\r\n\0\x7f')).toBe('50%25%20%22off%22%0D%0A%00%7F');
    expect(percentText('a\ud800b')).toBe('a%EF%BF%BDb');
  });

  it('gives a value that decodes to the text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(percentText(text)).toMatch(/^[!#-~]*$/);
        expect(decodeURIComponent(percentText(text))).toBe(text.toWellFormed());
      }),
      { seed, numRuns: 1000 },
    );
  });
});

describe('jsonHeaderText', () => {
  it('is the same JSON to those who decode percent signs and to those who do not', () => {
    fc.assert(
      fc.property(fc.dictionary(anyText, fc.array(anyText)), fc.constantFrom(undefined, 2, '\t'), (value, space) => {
        const text = jsonHeaderText(JSON.stringify(value, null, space));
        expect(text).toMatch(/^[ -$&-~]*$/);
        expect(decodeURIComponent(text)).toBe(text);
        expect(JSON.stringify(JSON.parse(text))).toBe(JSON.stringify(value));
      }),
      { seed, numRuns: 500 },
    );
  });

  it('keeps quotes and spaces, as consumers of KServe have them', () => {
    expect(headerText('metadata', '{"User-Agent": ["curl 8"]}')).toBe('{"User-Agent": ["curl 8"]}');
    expect(headerText('annotations', '{"a":"5% é😀"}')).toBe('{"a":"5\\u0025 \\u00e9\\ud83d\\ude00"}');
    expect(headerText('metadata', '{"%41":["50%"]}')).toBe('{"\\u002541":["50\\u0025"]}');
    expect(headerText('path', '{"a":"5% é"}')).toBe('{%22a%22:%225%25%20%C3%A9%22}');
  });
});

describe('jsonString', () => {
  it('is ASCII and the text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(jsonString(text)).toMatch(/^[ -~]*$/);
        expect(JSON.parse(jsonString(text))).toBe(text.toWellFormed());
      }),
      { seed, numRuns: 1000 },
    );
  });
});

describe('fieldText', () => {
  it('stays on its line', () => {
    expect(fieldText('text/plain; charset=utf-8')).toBe('text/plain; charset=utf-8');
    expect(fieldText('text/plain\r\nce-id: forged')).toBe('text/plain  ce-id: forged');
    expect(fieldText(' \t ')).toBe('');
    expect(Buffer.from(fieldText('text/é\ud800'), 'latin1').toString()).toBe('text/é\ufffd');
    for (const text of naughtyStrings()) expect(fieldText(text)).not.toMatch(/[^\t -\xff]|^\s|\s$/);
  });
});

describe('a server', () => {
  it('gets every hostile string in a header of its own, and no other header', async () => {
    const texts = naughtyStrings().map((text) => text.slice(0, 200));
    const headers = await receivedHeaders(texts.map((text, n) => `ce-x${n}: ${headerText('x', text)}\r\n`).join(''));
    expect(Object.keys(headers).length).toBe(texts.length + 2); // Host and Connection
    for (const [n, text] of texts.entries()) {
      expect(decodeURIComponent(String(headers[`ce-x${n}`]))).toBe(text.toWellFormed());
    }
  });
});
