// node:http2's encoder against our decoder: header lists of a real client, read off a raw socket.
import { once } from 'node:events';
import { connect, type OutgoingHttpHeaders, sensitiveHeaders } from 'node:http2';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { FrameReader, type FrameSink } from '../../../src/lanes/h2/frame-reader.ts';
import { ack, frame, frameType, preface } from '../../support/http2-frames.ts';
import { DecodedFields } from '../../support/lanes/decoded-fields.ts';
import { usualLimits } from '../../support/lanes/frame-record.ts';
import { seededRandom } from '../../support/random.ts';
import { seed } from '../../support/seed.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** The server's side of a connection: says its table size, and decodes what comes. */
class Listening implements FrameSink {
  readonly peer = new DecodedFields();
  readonly blocks: (readonly string[])[] = [];
  readonly #tableBytes: number;
  #reader = new FrameReader(this, usualLimits);
  #prefaceLeft = preface.length;
  heard: () => void = () => undefined;

  constructor(tableBytes: number) {
    this.#tableBytes = tableBytes;
  }

  get settings(): Buffer {
    const payload = Buffer.from([0, 1, 0, 0, 0, 0]);
    payload.writeUInt32BE(this.#tableBytes, 2);
    return frame(frameType.settings, 0, 0, payload);
  }

  read(bytes: Buffer): void {
    const skipped = Math.min(this.#prefaceLeft, bytes.length);
    this.#prefaceLeft -= skipped;
    this.#reader.read(bytes, skipped, bytes.length);
  }

  data(): boolean {
    return true;
  }

  headers(_flags: number, _streamId: number, bytes: Buffer, start: number, end: number): boolean {
    this.blocks.push(this.peer.decode(bytes.subarray(start, end)));
    this.heard();
    return true;
  }

  control(type: number, flags: number): boolean {
    if (type === frameType.settings && (flags & ack) !== 0) {
      this.peer.decoder.setTableLimit(this.#tableBytes);
      this.heard();
    }
    return true;
  }

  pass(): void {
    return;
  }
}

/** Sends each list as a request once the table size is agreed on; what was decoded, in the same order. */
async function sendAll(lists: readonly OutgoingHttpHeaders[], tableBytes: number): Promise<Listening> {
  const listening = new Listening(tableBytes);
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => listening.read(bytes));
    socket.write(listening.settings);
    closers.push(() => socket.destroy());
  }).listen(0, '127.0.0.1');
  closers.push(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const acknowledged = new Promise<void>((resolve) => {
    listening.heard = resolve;
  });
  const session = connect(`http://127.0.0.1:${port}`, { maxDeflateDynamicTableSize: 65_536 });
  session.on('error', () => session.destroy());
  closers.push(() => session.destroy());
  await acknowledged;
  const all = new Promise<void>((resolve) => {
    listening.heard = () => {
      if (listening.blocks.length === lists.length) resolve();
    };
  });
  for (const list of lists) {
    session
      .request(list)
      .on('error', () => undefined)
      .end();
  }
  await all;
  return listening;
}

const random = seededRandom(seed);
const below = (count: number): number => Math.floor(random() * count);
const names = [
  'content-type',
  'user-agent',
  'x-trace',
  'grpc-timeout',
  'te',
  ...'abcdefgh'.split('').map((c) => `x-${c}`),
];
const values = [
  'application/grpc',
  'trailers',
  '',
  'a',
  '0'.repeat(70),
  'x'.repeat(3000),
  '~|\\^"<>{}',
  'caf\u00e9 \u00ff',
];

function randomValue(): string {
  if (random() < 0.6) return values[below(values.length)] as string;
  return Array.from({ length: 1 + below(40) }, () => String.fromCharCode(33 + below(94))).join('');
}

function randomList(): OutgoingHttpHeaders {
  const list: OutgoingHttpHeaders = {
    ':method': random() < 0.8 ? 'POST' : 'GET',
    ':path': `/m${below(5)}/${randomValue().trim() && 'v'}`,
  };
  for (let count = below(8); count > 0; count--) {
    const name = names[below(names.length)] as string;
    list[name] =
      name === 'te' ? 'trailers' : name.startsWith('x-') && random() < 0.2 ? [randomValue(), 'b'] : randomValue();
  }
  const hidden = Object.keys(list).filter((name) => name.startsWith('x-') && random() < 0.2);
  return { ...list, [sensitiveHeaders]: hidden };
}

const regular = (fields: readonly string[]): string[] => fields.filter((field) => !field.startsWith(':'));

function expected(list: OutgoingHttpHeaders): string[] {
  return Object.entries(list).flatMap(([name, value]) => [value].flat().map((each) => `${name}: ${each}`));
}

describe.each([0, 64, 4096, 65_536])("node:http2's blocks, with a table of %i bytes", (tableBytes) => {
  it('say what its client was told to send', async () => {
    const lists = Array.from({ length: 90 }, randomList);
    const { blocks, peer } = await sendAll(lists, tableBytes);
    blocks.forEach((fields, i) => {
      const sent = expected(lists[i] as OutgoingHttpHeaders);
      expect(regular(fields)).toEqual(regular(sent));
      expect(fields.filter((field) => /^:(method|path)/.test(field)).sort()).toEqual(sent.slice(0, 2).sort());
      expect(fields).toContain(':scheme: http');
    });
    expect(peer.decoder.table.maxBytes).toBe(tableBytes);
    expect(peer.decoder.table.bytes).toBeLessThanOrEqual(tableBytes);
    if (tableBytes > 64) expect(peer.decoder.table.count).toBeGreaterThan(0);
  });
});
