// The first acknowledgements are taken out, however the bytes are cut; everything else passes as it is.
import { expect, it } from 'vitest';
import { AckDropper } from '../../../src/lanes/h2/ack-dropper.ts';
import { ack, frame, frameType } from '../../support/http2-frames.ts';

const settings = frame(frameType.settings, 0, 0, Buffer.alloc(12));
const settingsAck = frame(frameType.settings, ack, 0);
const data = frame(frameType.data, 0, 1, settingsAck); // looks like one inside

it.each([0, 1, 2])('%i of them', (toDrop) => {
  const preface = Buffer.from('a preface');
  const frames = [settings, data, settingsAck, data, settingsAck, settingsAck, data];
  const bytes = Buffer.concat([preface, ...frames]);
  let left = toDrop;
  const expected = Buffer.concat([preface, ...frames.filter((one) => one !== settingsAck || --left < 0)]);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const dropper = new AckDropper(toDrop, preface.length);
    const passed = [bytes.subarray(0, cut), bytes.subarray(cut)].map((part) => dropper.pass(part));
    expect(Buffer.concat(passed).equals(expected)).toBe(true);
  }
  const byOne = new AckDropper(toDrop, preface.length);
  expect(Buffer.concat([...bytes].map((byte) => byOne.pass(Buffer.from([byte])))).equals(expected)).toBe(true);
});
