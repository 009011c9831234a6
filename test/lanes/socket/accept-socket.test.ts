import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { nextRounds } from '../../../src/lanes/socket/trial-reader.ts';
import { eventually } from '../../support/eventually.ts';
import { openLanePair, RememberingReader, readToEnd, ways } from '../../support/lane-sockets.ts';

describe.each(ways)('an accepted socket by the way of %s', (way) => {
  it('reads what comes, in order, and hears the end while it can still answer', async () => {
    const reader = new RememberingReader();
    await using pair = await openLanePair(reader, way);
    pair.client.write('one ');
    await eventually('the first bytes', () => reader.text === 'one ');
    pair.client.end('two');
    await reader.heard('ended');
    expect(reader.text).toBe('one two');
    expect(pair.lane.write(Buffer.from('answer'))).toBe(true);
    pair.lane.end();
    expect((await readToEnd(pair.client)).toString()).toBe('answer');
    await reader.heard('closed');
    expect(reader.told).toEqual(['ended', 'closed']);
  });

  it('knows the addresses of both ends', async () => {
    await using pair = await openLanePair(new RememberingReader(), way);
    if (pair.client.connecting) await once(pair.client, 'connect');
    expect(pair.lane.socket.remotePort).toBe(pair.client.localPort);
    expect(pair.lane.socket.localPort).toBe(pair.client.remotePort);
  });

  it('asks for a buffer once at the start and once behind every read', async () => {
    const reader = new RememberingReader();
    await using pair = await openLanePair(reader, way);
    expect(reader.buffersAsked).toBe(1);
    pair.client.write('x');
    await eventually('a read', () => reader.text === 'x');
    expect(reader.buffersAsked).toBe(2);
  });

  it('reads no more once it was told so, until it resumes', async () => {
    const reader = new RememberingReader();
    reader.goOn = false;
    await using pair = await openLanePair(reader, way);
    pair.client.write('one ');
    await eventually('the first bytes', () => reader.text === 'one ');
    pair.client.write('two ');
    await nextRounds(5);
    expect(reader.text).toBe('one ');
    pair.lane.resume();
    await eventually('the others', () => reader.text === 'one two ');
    pair.client.end('three'); // it was told to stop again
    await nextRounds(5);
    expect(reader.text).toBe('one two ');
    expect(reader.told).toEqual([]);
    pair.lane.resume();
    await eventually('the last', () => reader.text === 'one two three');
    pair.lane.resume();
    await reader.heard('ended');
  });

  it('reads no more when it is paused inside a read, or outside', async () => {
    const reader = new RememberingReader();
    await using pair = await openLanePair(reader, way);
    reader.inside = () => pair.lane.pause();
    pair.client.write('one ');
    await eventually('the first bytes', () => reader.text === 'one ');
    reader.inside = () => undefined;
    pair.client.write('two ');
    await nextRounds(5);
    expect(reader.text).toBe('one ');
    pair.lane.resume();
    pair.lane.pause();
    await nextRounds(5);
    expect(reader.text).toBe('one ');
    pair.lane.resume();
    pair.client.write('three');
    await eventually('the others', () => reader.text === 'one two three');
  });

  it('stops when resume() inside a read is followed by the word to stop', async () => {
    const reader = new RememberingReader();
    reader.goOn = false;
    await using pair = await openLanePair(reader, way);
    reader.inside = () => pair.lane.resume();
    pair.client.write('one ');
    await eventually('the first bytes', () => reader.text === 'one ');
    pair.client.write('two');
    await nextRounds(5);
    expect(reader.text).toBe('one ');
    pair.lane.resume();
    await eventually('the others', () => reader.text === 'one two');
  });

  it('hears the end behind the bytes that waited in a large buffer while it was paused', async () => {
    const reader = new RememberingReader();
    reader.landing = Buffer.alloc(1_048_576);
    await using pair = await openLanePair(reader, way);
    pair.lane.socket.once('data', () => pair.lane.pause()); // gathered by then, where bytes are gathered
    reader.ended = () => reader.told.push(`ended behind ${reader.text}`);
    pair.client.end('bytes');
    await nextRounds(10);
    pair.lane.resume();
    await reader.heard('ended behind bytes');
    expect(reader.told).toEqual(['ended behind bytes']);
  });

  it('that is destroyed inside a read asks and tells nothing but that it is closed', async () => {
    const reader = new RememberingReader();
    await using pair = await openLanePair(reader, way);
    reader.inside = () => pair.lane.destroy();
    pair.client.write(Buffer.alloc(1_000_000));
    await reader.heard('closed');
    expect(reader.told).toEqual(['closed']);
    expect(reader.buffersAsked).toBe(1);
    expect(reader.received.length).toBeLessThanOrEqual(65_536);
  });

  it.each([
    ['before a byte', ''],
    ['between two reads', 'bytes'],
  ])('hears a reset %s once, as an error', async (_when, said) => {
    const reader = new RememberingReader();
    await using pair = await openLanePair(reader, way);
    pair.client.write(said);
    await eventually('what was said', () => reader.text === said);
    pair.client.resetAndDestroy();
    await reader.heard('closed ECONNRESET');
    expect(reader.told).toEqual(['closed ECONNRESET']);
  });

  it('hears a reset that came while it was paused as soon as it resumes', async () => {
    const reader = new RememberingReader();
    reader.goOn = false;
    await using pair = await openLanePair(reader, way);
    pair.client.write('bytes');
    await eventually('what was said', () => reader.text === 'bytes');
    pair.client.resetAndDestroy();
    await nextRounds(3);
    pair.lane.resume();
    await reader.heard('closed ECONNRESET');
    expect(reader.told).toEqual(['closed ECONNRESET']);
  });

  it('hears a reset behind the end of the other side', async () => {
    const reader = new RememberingReader();
    await using pair = await openLanePair(reader, way);
    pair.client.end('bytes');
    await reader.heard('ended');
    pair.client.resetAndDestroy();
    await eventually('a write finds it', () => pair.lane.write(Buffer.from('x')) && reader.isClosed);
    expect(reader.told.slice(0, 1)).toEqual(['ended']);
    expect(reader.told).toHaveLength(2);
  });
});
