import { describe, expect, it } from 'vitest';
import { ack, endHeaders, endStream, frame, frameType, uint32 } from '../../support/http2-frames.ts';
import { FrameRecord, usualLimits } from '../../support/lanes/frame-record.ts';
import { seededRandom } from '../../support/random.ts';
import { seed } from '../../support/seed.ts';

const { data, headers, rstStream, settings, ping, goaway, windowUpdate, continuation } = frameType;
const priority = 2;
const padded = 0x8;
const withPriority = 0x20;
const ascending = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i);

const connection = Buffer.concat([
  frame(settings, 0, 0, Buffer.from([0, 4, 0, 0, 0xff, 0xff])),
  frame(headers, endHeaders, 1, Buffer.from('first')),
  frame(data, 0, 1, ascending(30)),
  frame(headers, endHeaders | endStream | padded | withPriority, 3, Buffer.from([2, 0, 0, 0, 1, 9, 0x82, 0x83, 0, 0])),
  frame(ping, 0, 0, ascending(8)),
  frame(data, endStream | padded, 1, ascending(12)),
  frame(settings, ack, 0),
  frame(headers, 0, 5, Buffer.from('se')),
  frame(continuation, 0, 5, Buffer.from('con')),
  frame(continuation, 0, 5),
  frame(continuation, endHeaders, 5, Buffer.from('d')),
  frame(data, endStream, 5),
  frame(windowUpdate, 0, 5, uint32(7)),
  frame(0xbe, 0xff, 0x7fffffff, ascending(3)),
  frame(priority, 0, 7, ascending(5)),
  frame(rstStream, 0, 3, uint32(8)),
  frame(goaway, 0, 0, ascending(11)),
]);
const shown = [
  '4 0 on 0: 00040000ffff',
  `HEADERS 4 on 1: ${Buffer.from('first').toString('hex')}`,
  'DATA 0 on 1: 30 bytes',
  'HEADERS 45 on 3: 8283',
  '6 0 on 0: 0001020304050607',
  'DATA 9 on 1: 12 bytes',
  '4 1 on 0: ',
  `HEADERS 0 on 5: ${Buffer.from('second').toString('hex')}`,
  'DATA 1 on 5: 0 bytes',
  '8 0 on 5: 00000007',
  '190 255 on 2147483647: 000102',
  '2 0 on 7: 0001020304',
  '3 0 on 3: 00000008',
  '7 0 on 0: 000102030405060708090a',
];

describe('a frame reader', () => {
  it('shows every frame and passes a read of whole frames in one piece', () => {
    const record = new FrameRecord().read(connection);
    expect(record.shown).toEqual(shown);
    expect(record.passes).toBe(1);
    expect(record.passed).toBe(connection.toString('hex'));
  });

  it('takes the end off DATA that is told so, and says where another one belongs, cut at any byte', () => {
    const parts = [frame(ping, 0, 0, ascending(8)), frame(data, 0, 1, ascending(3))];
    const behind = [frame(data, endStream, 3, ascending(4)), frame(data, endStream, 5)];
    for (const length of [0, 5]) {
      const all = Buffer.concat([...parts, frame(data, endStream | padded, 1, ascending(length)), ...behind]);
      const end = [frame(data, padded, 1, ascending(length)), Buffer.from('end of 1')];
      const expected = Buffer.concat([...parts, ...end, ...behind]).toString('hex');
      for (let cut = 0; cut <= all.length; cut++) {
        expect(new FrameRecord({ unended: 1 }).read(all, [cut]).passed).toBe(expected);
      }
      expect(new FrameRecord({ unended: 1 }).read(all, [...all.keys()].slice(1)).passed).toBe(expected);
    }
  });

  it('sees the same in reads cut at any byte, and in single bytes', () => {
    for (let cut = 0; cut <= connection.length; cut++) {
      const record = new FrameRecord().read(connection, [cut]);
      expect(record.shown).toEqual(shown);
      expect(record.passed).toBe(connection.toString('hex'));
    }
    const single = new FrameRecord().read(connection, [...connection.keys()].slice(1));
    expect(single.shown).toEqual(shown);
    expect(single.passed).toBe(connection.toString('hex'));
  });

  it('sees the same in reads cut at random, with and without what is swallowed', () => {
    const random = seededRandom(seed);
    for (let round = 0; round < 300; round++) {
      const swallow = [data, headers, settings, ping, 0xbe].filter(() => random() < 0.3);
      const whole = new FrameRecord({ swallow }).read(connection);
      const cuts = [...connection.keys()].filter(() => random() < 0.1);
      const cut = new FrameRecord({ swallow }).read(connection, cuts);
      expect(cut.shown).toEqual(shown);
      expect(cut.passed).toBe(whole.passed);
    }
  });

  it('leaves out what is swallowed, the payload of DATA that comes later too', () => {
    const before = frame(ping, 0, 0, ascending(8));
    const after = frame(ping, ack, 0, ascending(8));
    const record = new FrameRecord({ swallow: [data] });
    record.read(Buffer.concat([before, frame(data, 0, 1, ascending(20)), after]), [20, 35, 40]);
    expect(record.passed).toBe(Buffer.concat([before, after]).toString('hex'));
  });

  it('passes DATA as it comes, and nothing else before it is whole', () => {
    const large = frame(data, 0, 1, Buffer.alloc(16_384, 7));
    const record = new FrameRecord().read(large.subarray(0, 1000));
    expect(record.passed).toBe(large.toString('hex', 0, 1000));
    expect(record.reader.midFrame).toBe(true);
    record.read(large.subarray(1000));
    expect(record.reader.midFrame).toBe(false);
    for (const whole of [frame(headers, endHeaders, 1, ascending(9)), frame(ping, 0, 0, ascending(8))]) {
      const early = new FrameRecord().read(whole.subarray(0, -1));
      expect([early.shown, early.passes]).toEqual([[], 0]);
      expect(early.read(whole.subarray(-1)).passes).toBe(1);
    }
  });

  it('is not within a frame whose payload is swallowed', () => {
    const record = new FrameRecord({ swallow: [data] }).read(frame(data, 0, 1, ascending(20)).subarray(0, 15));
    expect(record.reader.midFrame).toBe(false);
  });

  it('shows and passes nothing any more once its sink stopped it', () => {
    const record = new FrameRecord();
    const show = record.headers.bind(record);
    record.headers = (...block) => {
      record.reader.stop();
      return show(...block);
    };
    record.read(connection);
    expect(record.shown).toEqual(shown.slice(0, 2));
    expect(record.passes).toBe(0);
  });

  it('ignores the reserved bit of stream ids', () => {
    const reserved = frame(data, 0, 0x80000003);
    expect(new FrameRecord().read(reserved).shown).toEqual(['DATA 0 on 3: 0 bytes']);
  });

  it('holds long frames that come slowly', () => {
    const payload = ascending(16_000);
    const whole = Buffer.concat([frame(goaway, 0, 0, payload), frame(headers, endHeaders, 1, payload)]);
    const cuts = Array.from({ length: 320 }, (_, i) => (i + 1) * 100);
    const record = new FrameRecord().read(whole, cuts);
    expect(record.shown).toHaveLength(2);
    expect(record.passed).toBe(whole.toString('hex'));
  });
});

describe('a connection ends', () => {
  const fault = (bytes: Uint8Array, limits = usualLimits): string => {
    const outcomes = [[], [...bytes.keys()].slice(1)].map((cuts) => {
      try {
        new FrameRecord({ limits }).read(bytes, cuts);
        return 'none';
      } catch (error) {
        return (error as { fault: string }).fault;
      }
    });
    expect(outcomes[1]).toBe(outcomes[0]); // whole, and byte by byte
    return outcomes[0] as string;
  };
  const begun = frame(headers, 0, 1, Buffer.from('abc'));

  it('by a frame over the size that was announced, when its head is there', () => {
    expect(fault(frame(data, 0, 1, Buffer.alloc(16_384)).subarray(0, 20))).toBe('none');
    for (const type of [data, headers, settings, 0xbe]) {
      expect(fault(frame(type, 0, 1, Buffer.alloc(16_385)).subarray(0, 9))).toBe('FRAME_SIZE_ERROR');
    }
    const record = new FrameRecord();
    record.reader.setMaxFrameBytes(20_000);
    expect(record.read(frame(data, 0, 1, Buffer.alloc(20_000))).shown).toEqual(['DATA 0 on 1: 20000 bytes']);
    expect(() => record.read(frame(0xbe, 0, 1, Buffer.alloc(16_385)))).toThrow('a control frame of 16385 bytes');
  });

  it('by anything within a header block but its own CONTINUATION', () => {
    for (const other of [
      frame(continuation, endHeaders, 3),
      frame(data, 0, 1),
      frame(headers, endHeaders, 1),
      frame(ping, 0, 0, ascending(8)),
      frame(0xbe, 0, 0),
    ]) {
      expect(fault(Buffer.concat([begun, other]))).toBe('PROTOCOL_ERROR');
    }
    expect(fault(frame(continuation, endHeaders, 1))).toBe('PROTOCOL_ERROR');
  });

  it('by a header block without an end, also of empty frames', () => {
    const limits = { ...usualLimits, maxHeaderBlockBytes: 120 };
    const enough = Buffer.concat([begun, ...new Array(12).fill(frame(continuation, 0, 1))]);
    expect(enough).toHaveLength(120);
    expect(fault(enough, limits)).toBe('none');
    expect(fault(Buffer.concat([enough, frame(continuation, endHeaders, 1)]), limits)).toBe('ENHANCE_YOUR_CALM');
    expect(fault(frame(headers, endHeaders, 1, Buffer.alloc(112)).subarray(0, 9), limits)).toBe('ENHANCE_YOUR_CALM');
  });

  it('by padding or priority that do not fit', () => {
    const fits = frame(headers, endHeaders | padded | withPriority, 1, Buffer.from([1, 0, 0, 0, 0, 0, 9]));
    expect(fault(fits)).toBe('none');
    expect(fault(frame(headers, endHeaders | padded, 1, Buffer.from([1])))).toBe('PROTOCOL_ERROR');
    expect(fault(frame(headers, endHeaders | padded, 1))).toBe('FRAME_SIZE_ERROR');
    expect(fault(frame(headers, endHeaders | withPriority, 1, ascending(4)))).toBe('FRAME_SIZE_ERROR');
    expect(fault(frame(headers, padded | withPriority | endHeaders, 1, Buffer.from([2, 0, 0, 0, 0, 0, 9])))).toBe(
      'PROTOCOL_ERROR',
    );
  });

  it('by frames on the wrong kind of stream', () => {
    for (const [type, length] of [
      [data, 1],
      [headers, 1],
      [priority, 5],
      [rstStream, 4],
    ] as const) {
      expect(fault(frame(type, endHeaders, 0, ascending(length)))).toBe('PROTOCOL_ERROR');
    }
    for (const [type, length] of [
      [settings, 6],
      [ping, 8],
      [goaway, 8],
    ] as const) {
      expect(fault(frame(type, 0, 1, ascending(length)))).toBe('PROTOCOL_ERROR');
    }
    expect(fault(frame(frameType.pushPromise, endHeaders, 1, uint32(2)))).toBe('PROTOCOL_ERROR');
  });

  it('by lengths that a type does not have', () => {
    for (const [type, flags, streamId, length] of [
      [settings, 0, 0, 5],
      [settings, ack, 0, 6],
      [ping, 0, 0, 7],
      [goaway, 0, 0, 7],
      [windowUpdate, 0, 0, 5],
      [rstStream, 0, 1, 3],
    ] as const) {
      expect(fault(frame(type, flags, streamId, ascending(length)))).toBe('FRAME_SIZE_ERROR');
    }
    expect(fault(frame(priority, 0, 1, ascending(4)))).toBe('none'); // an error of one stream
  });
});
