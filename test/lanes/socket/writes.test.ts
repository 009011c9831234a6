import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Scratch } from '../../../src/lanes/socket/scratch.ts';
import { eventually } from '../../support/eventually.ts';
import { openLanePair, RememberingReader, readToEnd, ways } from '../../support/lane-sockets.ts';

const tooMuch = 12_000_000; // for the buffers of any kernel's loopback: a write that stays

describe.each(ways)('a write by the way of %s', (way) => {
  it('that the kernel takes whole leaves its bytes free', async () => {
    const reader = new RememberingReader();
    await using pair = await openLanePair(reader, way);
    const bytes = Buffer.from('one');
    expect(pair.lane.write(bytes)).toBe(true);
    bytes.write('TWO');
    expect(pair.lane.write(bytes)).toBe(true);
    expect(pair.lane.pending).toBe(false);
    pair.lane.end();
    expect((await readToEnd(pair.client)).toString()).toBe('oneTWO');
    expect(reader.told).not.toContain('drained');
  });

  it('that stays, and all behind it, are free when it is told once that they have left', async () => {
    const reader = new RememberingReader();
    await using pair = await openLanePair(reader, way);
    const pieces = [Buffer.alloc(tooMuch, 'a'), Buffer.alloc(100, 'b'), Buffer.alloc(100, 'c')];
    const expected = createHash('sha256').update(Buffer.concat(pieces)).digest('hex');
    expect(pieces.map((piece) => pair.lane.write(piece))).toEqual([false, false, false]);
    expect(pair.lane.pending).toBe(true);
    const received = readToEnd(pair.client);
    await reader.heard('drained');
    expect(pair.lane.pending).toBe(false);
    for (const piece of pieces) piece.fill('X');
    pair.lane.end();
    expect(
      createHash('sha256')
        .update(await received)
        .digest('hex'),
    ).toBe(expected);
    expect(reader.told).toEqual(['drained']);
  });

  it('may follow from inside drained(), which is told again for it', async () => {
    const reader = new RememberingReader();
    await using pair = await openLanePair(reader, way);
    const rounds = 3;
    let round = 0;
    reader.drained = () => {
      round += 1;
      if (round === rounds) pair.lane.end();
      else pair.lane.write(Buffer.alloc(tooMuch));
    };
    pair.lane.write(Buffer.alloc(tooMuch));
    expect((await readToEnd(pair.client)).length).toBe(rounds * tooMuch);
    expect(round).toBe(rounds);
  });

  it('that comes while one behind another is on its way is waited for too', async () => {
    const reader = new RememberingReader();
    await using pair = await openLanePair(reader, way);
    let receivedBytes = 0;
    pair.client.on('data', (chunk: Buffer) => {
      receivedBytes += chunk.length;
      if (reader.told.length === 0 && receivedBytes > tooMuch && receivedBytes < 2 * tooMuch) pair.client.pause();
    });
    pair.lane.write(Buffer.alloc(tooMuch));
    pair.lane.write(Buffer.alloc(tooMuch));
    await eventually('the second is on its way', () => pair.client.isPaused());
    expect(pair.lane.write(Buffer.alloc(10))).toBe(false);
    reader.told.push('third written');
    pair.client.resume();
    await reader.heard('drained');
    expect(pair.lane.pending).toBe(false);
    await eventually('all arrives', () => receivedBytes === 2 * tooMuch + 10);
    expect(reader.told).toEqual(['third written', 'drained']);
  });

  it('that stays is not cut by the end behind it', async () => {
    const reader = new RememberingReader();
    await using pair = await openLanePair(reader, way);
    expect(pair.lane.write(Buffer.alloc(tooMuch))).toBe(false);
    pair.lane.end();
    expect((await readToEnd(pair.client)).length).toBe(tooMuch);
    pair.client.end();
    await reader.heard('closed');
    expect(reader.told.filter((what) => what !== 'ended')).toEqual(['drained', 'closed']);
  });

  it('to a connection that was reset ends in closed(error), once, and is never thrown', async () => {
    const reader = new RememberingReader();
    reader.goOn = false;
    await using pair = await openLanePair(reader, way);
    pair.client.write('bytes');
    await eventually('a read', () => reader.text === 'bytes');
    pair.client.resetAndDestroy();
    await eventually('a write meets the reset', () => pair.lane.write(Buffer.from('x')) && reader.isClosed);
    expect(reader.told).toHaveLength(1);
    expect(reader.told[0]).toMatch(/^closed (EPIPE|ECONNRESET)$/);
    expect(pair.lane.write(Buffer.from('x'))).toBe(true);
    pair.lane.end();
    pair.lane.reset();
    pair.lane.destroy();
    expect(reader.told).toHaveLength(1);
  });

  it('that stays is over when the other side resets', async () => {
    const reader = new RememberingReader();
    await using pair = await openLanePair(reader, way);
    pair.lane.write(Buffer.alloc(tooMuch));
    pair.lane.write(Buffer.alloc(10));
    pair.client.resetAndDestroy();
    await eventually('the close', () => reader.isClosed);
    expect(reader.told).toHaveLength(1);
    expect(reader.told[0]).toMatch(/^closed E/);
  });

  it.each([
    ['at once', 0, false],
    ['behind a small write', 10, false],
    ['with a write that stays', tooMuch, false],
    ['with a write that stays and an end behind it', tooMuch, true],
  ])('is followed by a reset %s that nobody takes for an end', async (_when, bytes, ends) => {
    const reader = new RememberingReader();
    await using pair = await openLanePair(reader, way);
    pair.client.on('end', () => reader.told.push('client saw an end'));
    if (pair.client.connecting) await once(pair.client, 'connect');
    if (bytes > 0) pair.lane.write(Buffer.alloc(bytes));
    if (ends) pair.lane.end();
    pair.lane.reset();
    pair.client.resume();
    await eventually('the client hears it', () => pair.client.errored !== null);
    expect((pair.client.errored as NodeJS.ErrnoException).code).toBe('ECONNRESET');
    await eventually('the close', () => reader.isClosed);
    expect(reader.told).toEqual(['closed']);
  });

  it('is composed in one scratch buffer, which is exchanged while a write of it stays', async () => {
    const reader = new RememberingReader();
    await using pair = await openLanePair(reader, way);
    const scratch = new Scratch();
    const first = scratch.take(10).fill('1');
    expect(scratch.send(pair.lane, 10)).toBe(true);
    expect(scratch.take(10)).toBe(first);
    let sentBytes = 10;
    let stays = false;
    while (!stays) {
      scratch.take(65_536).fill('2');
      stays = !scratch.send(pair.lane, 65_536);
      sentBytes += 65_536;
    }
    const next = scratch.take(10);
    expect(next).not.toBe(first);
    next.fill('3'); // what stays must not change
    scratch.send(pair.lane, 10);
    const large = scratch.take(100_000).fill('4');
    expect(large.length).toBe(100_000);
    scratch.send(pair.lane, 100_000);
    pair.lane.end();
    const text = (await readToEnd(pair.client)).toString('latin1');
    expect(text).toBe(`${'1'.repeat(10)}${'2'.repeat(sentBytes - 10)}${'3'.repeat(10)}${'4'.repeat(100_000)}`);
  });
});
