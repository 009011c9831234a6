import { describe, expect, it } from 'vitest';
import { Hold, WaitingRoom } from '../../src/batcher/waiting-room.ts';
import { Metrics } from '../../src/metrics.ts';
import { batcherConfig } from '../support/members.ts';

function openRoom() {
  const metrics = new Metrics();
  const { rows, bytes } = metrics.batching.waiting;
  return { room: new WaitingRoom(batcherConfig, metrics), metrics, rows, bytes };
}

const overloaded = expect.objectContaining({ code: 'OVERLOADED', httpStatus: 503 });

describe('rows', () => {
  it('wait up to the bound; what would be more is refused and counted, and takes no place', () => {
    const { room, rows, metrics } = openRoom();
    room.enterRows(10);
    room.enterRows(6);
    expect(rows.value).toBe(16);
    expect(() => room.enterRows(1)).toThrow(overloaded);
    expect(metrics.batchRefused.rows.value).toBe(1);
    expect(rows.value).toBe(16);
    room.leaveRows(6);
    room.enterRows(6);
    room.leaveRows(16);
    expect(rows.value).toBe(0);
  });
});

describe('bytes', () => {
  it('are held up to the bound; what would be more is refused and counted', () => {
    const { room, bytes, metrics } = openRoom();
    const [one, other] = [new Hold(room), new Hold(room)];
    expect(one.add(1200)).toBe(true);
    one.mustAdd(300);
    expect(other.add(501)).toBe(false);
    expect(metrics.batchRefused.bytes.value).toBe(0); // who asks decides whether it is a refusal
    expect(() => other.mustAdd(501)).toThrow(overloaded);
    expect(metrics.batchRefused.bytes.value).toBe(1);
    other.mustAdd(500);
    expect(bytes.value).toBe(2000);
  });

  it('are freed once, however often that is asked for', () => {
    const { room, bytes } = openRoom();
    const [one, other] = [new Hold(room), new Hold(room)];
    one.mustAdd(100);
    other.mustAdd(50);
    one.free();
    one.free();
    expect(bytes.value).toBe(50);
    other.free();
    expect(bytes.value).toBe(0);
  });

  it('are memory of the room: given back once, however often that is asked for', () => {
    const { room } = openRoom();
    const [one, other] = [new Hold(room), new Hold(room)];
    const memory = one.allocate(1_048_576);
    one.free();
    expect(room.bodyMemory.spareBytes).toBe(0); // freed is not over: a call may still read it
    one.recycle();
    one.recycle();
    expect(other.allocate(1_048_576)).toBe(memory);
    expect(room.bodyMemory.spareBytes).toBe(0);
  });

  it('that were refused are not freed', () => {
    const { room, bytes } = openRoom();
    const hold = new Hold(room);
    hold.mustAdd(1500);
    hold.add(1000);
    hold.free();
    expect(bytes.value).toBe(0);
  });
});
