// Fuzzing the frame reader: however its reads are cut, it shows and passes the same, in order, and holds little back.
import { Http2Fault } from '../../src/lanes/h2/http2-fault.ts';
import { endHeaders, frame, frameType, uint32 } from '../support/http2-frames.ts';
import { FrameRecord } from '../support/lanes/frame-record.ts';
import { seededRandom } from '../support/random.ts';
import { type FuzzTarget, mustHold } from './target.ts';

const limits = { maxFrameBytes: 300, maxHeaderBlockBytes: 400 };
/** A header block, or a control frame, without its last byte. */
const mostHeldBytes = 400;

const { data, headers, continuation, settings, ping, goaway, rstStream, windowUpdate } = frameType;

function inputOf(...frames: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(frames);
}

export const frameReader: FuzzTarget = {
  name: 'frame-reader',
  seeds: [
    inputOf(frame(settings, 0, 0, Buffer.alloc(6)), frame(windowUpdate, 0, 0, uint32(9)), frame(settings, 1, 0)),
    inputOf(frame(headers, endHeaders, 1, Buffer.from('block')), frame(data, 1, 1, Buffer.alloc(40))),
    inputOf(frame(headers, 0x2d, 3, Buffer.from([2, 0, 0, 0, 1, 9, 0x82, 0, 0])), frame(rstStream, 0, 3, uint32(8))),
    inputOf(
      frame(headers, 0, 5, Buffer.from('a')),
      frame(continuation, 0, 5),
      frame(continuation, 4, 5, Buffer.from('b')),
    ),
    inputOf(
      frame(ping, 0, 0, Buffer.alloc(8)),
      frame(goaway, 0, 0, Buffer.alloc(20)),
      frame(0xbe, 3, 9, Buffer.alloc(9)),
    ),
    inputOf(frame(data, 8, 1, Buffer.alloc(300)), frame(data, 0, 1), frame(data, 1, 1, Buffer.alloc(1))),
  ],
  run(input) {
    const swallow = [data, headers, settings, 0xbe].filter((_, i) => ((input[input.length >> 1] ?? 0) >> i) & 1);
    const whole = outcome(input, [], swallow);
    const random = seededRandom(input.length);
    for (const chance of [1, 0.3, 0.05]) {
      const cuts = [...input.keys()].slice(1).filter(() => random() < chance);
      const cut = outcome(input, cuts, swallow);
      mustHold(cut.shown === whole.shown && cut.fault === whole.fault, 'cuts do not change what is shown');
      if (whole.fault === null) mustHold(cut.passed === whole.passed, 'cuts do not change what is passed');
    }
    const all = outcome(input, [], []);
    mustHold(Buffer.from(input).toString('hex').startsWith(all.passed), 'what is passed is what came');
    const held = input.length - all.passed.length / 2;
    if (all.fault === null) mustHold(held <= mostHeldBytes, 'no more is held than a frame, or a header block');
  },
};

interface Outcome {
  readonly shown: string;
  readonly passed: string;
  readonly fault: string | null;
}

function outcome(input: Uint8Array, cuts: readonly number[], swallow: readonly number[]): Outcome {
  const record = new FrameRecord({ limits, swallow });
  let fault: string | null = null;
  try {
    record.read(input, cuts);
  } catch (error) {
    if (!(error instanceof Http2Fault)) throw error;
    fault = error.fault;
  }
  return { shown: record.shown.join('\n'), passed: record.passed, fault };
}
