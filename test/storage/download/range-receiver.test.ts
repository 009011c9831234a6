import { describe, expect, it } from 'vitest';
import type { Setback } from '../../../src/storage/download/attempt-verdict.ts';
import type { Part } from '../../../src/storage/download/part.ts';
import { RangeReceiver } from '../../../src/storage/download/range-receiver.ts';
import type { AnswerHead } from '../../../src/storage/http/http-client.ts';
import { FileUnderWay, scriptedStore } from '../../support/stores/file-under-way.ts';

interface Receiving {
  readonly receiver: RangeReceiver;
  readonly part: Part;
  readonly seen: { setbacks: (Setback | null)[]; stops: number; bytes: number };
}

async function receiving(way: FileUnderWay, nth = 0): Promise<Receiving> {
  const part = way.file.begin()[nth]!;
  const seen: Receiving['seen'] = { setbacks: [], stops: 0, bytes: 0 };
  const receiver = new RangeReceiver({
    part,
    range: part.range,
    store: scriptedStore(),
    maxUntoldBytes: 2 ** 30,
    count: (bytes) => {
      seen.bytes += bytes;
    },
    done: (setback) => seen.setbacks.push(setback),
    stop: () => {
      seen.stops += 1;
    },
  });
  return { receiver, part, seen };
}

function head(status: number, { range, ...facts }: Partial<AnswerHead> & { range?: [number, number, number] } = {}) {
  const contentRange = range === undefined ? null : { first: range[0], last: range[1], total: range[2] };
  const bodyBytes = range === undefined ? null : range[1] - range[0] + 1;
  return { status, headers: new Map<string, string>(), contentRange, bodyBytes, ...facts } satisfies AnswerHead;
}

const etag = (value: string) => new Map([['etag', value]]);

describe('the answer to a range', () => {
  it('that is what was asked for goes to its place', async () => {
    await using way = await FileUnderWay.open();
    const { receiver, part, seen } = await receiving(way, 1);
    expect(receiver.head(head(206, { range: [4, 7, 10], headers: etag('"v1"') }))).toBe(true);
    receiver.bytes(Buffer.from('4567'));
    receiver.ended(null);
    expect([part.done, seen]).toEqual([true, { setbacks: [null], stops: 0, bytes: 4 }]);
  });

  it.each([
    ['has another total', head(206, { range: [0, 3, 11] }), { kind: 'differs' }],
    ['has another version', head(206, { range: [0, 3, 10], headers: etag('"v2"') }), { kind: 'differs' }],
    ['begins elsewhere', head(206, { range: [1, 3, 10] }), { kind: 'failure' }],
    ['is longer than asked', head(206, { range: [0, 4, 10] }), { kind: 'failure' }],
    ['has no Content-Range', head(206), { kind: 'failure' }],
    ['has two lengths', { ...head(206, { range: [0, 3, 10] }), bodyBytes: 3 }, { kind: 'failure' }],
    ['is the whole object', head(200), { kind: 'no-ranges' }],
  ])('that %s is refused before its first byte', async (_, answer, expected) => {
    await using way = await FileUnderWay.open();
    const { receiver, seen } = await receiving(way);
    expect(receiver.head(answer)).toBe(false);
    receiver.ended(null);
    expect(seen.setbacks).toMatchObject([expected]);
  });

  it('that ends early is a setback, and keeps what came', async () => {
    await using way = await FileUnderWay.open();
    const { receiver, part, seen } = await receiving(way);
    receiver.head(head(206, { range: [0, 3, 10] }));
    receiver.bytes(Buffer.from('01'));
    receiver.ended(null);
    expect(seen.setbacks).toMatchObject([{ kind: 'failure' }]);
    expect(part.range).toEqual({ first: 2, last: 3 });
  });

  it('is read no further once another connection has the rest', async () => {
    await using way = await FileUnderWay.open();
    const { receiver, part, seen } = await receiving(way);
    receiver.head(head(206, { range: [0, 3, 10] }));
    part.splitAt(2);
    receiver.bytes(Buffer.from('0123'));
    expect(seen).toEqual({ setbacks: [null], stops: 1, bytes: 2 });
  });

  it('is thrown away when the file was begun anew', async () => {
    await using way = await FileUnderWay.open();
    const { receiver, seen } = await receiving(way);
    receiver.head(head(206, { range: [0, 3, 10] }));
    way.file.restart(way.file.object);
    receiver.bytes(Buffer.from('0123'));
    expect(seen).toEqual({ setbacks: [null], stops: 1, bytes: 0 });
    expect(way.bytes().toString('latin1')).toBe('\0'.repeat(10));
  });
});

describe('the answer to a plain GET', () => {
  it('of unknown length is whole where it ends', async () => {
    await using way = await FileUnderWay.open({ bytes: null });
    const { receiver, part, seen } = await receiving(way);
    receiver.head(head(200));
    receiver.bytes(Buffer.from('0123456'));
    receiver.ended(null);
    expect([part.done, part.last, seen.setbacks]).toEqual([true, 6, [null]]);
  });

  it('that goes on beyond the listed length is another object', async () => {
    await using way = await FileUnderWay.open({ ranges: false });
    const { receiver, seen } = await receiving(way);
    receiver.head(head(200));
    receiver.bytes(Buffer.from('0123456789'));
    receiver.bytes(Buffer.from('X'));
    expect(seen).toMatchObject({ setbacks: [{ kind: 'differs' }], stops: 1, bytes: 10 });
  });

  it('with another length is refused before its first byte', async () => {
    await using way = await FileUnderWay.open({ ranges: false });
    const { receiver } = await receiving(way);
    expect(receiver.head(head(200, { bodyBytes: 11 }))).toBe(false);
  });
});

describe('an answer that is none', () => {
  it.each([
    ['<Error><Code>SlowDown</Code><Signature>s3cret</Signature></Error>', 'SlowDown'],
    ['{"error": {"code": 403, "reason": "forbidden"}}', 'forbidden'],
    ['s3cret', ''],
  ])('%j is told by its code alone', async (body, text) => {
    await using way = await FileUnderWay.open();
    const { receiver, seen } = await receiving(way);
    receiver.head(head(503, { headers: new Map([['retry-after', '2']]) }));
    receiver.bytes(Buffer.from(body));
    receiver.ended(null);
    expect(seen.setbacks).toEqual([{ kind: 'status', status: 503, retryAfterMs: 2000, text }]);
  });

  it('and does not end is given up', async () => {
    await using way = await FileUnderWay.open();
    const { receiver, seen } = await receiving(way);
    receiver.head(head(500));
    for (let chunk = 0; chunk < 5; chunk += 1) receiver.bytes(Buffer.alloc(1000, 'x'));
    expect(seen).toMatchObject({ setbacks: [{ kind: 'status', status: 500 }], stops: 1 });
  });
});
