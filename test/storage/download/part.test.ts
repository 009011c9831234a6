import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Part } from '../../../src/storage/download/part.ts';
import { FileUnderWay } from '../../support/stores/file-under-way.ts';

const crcOf = (text: string): string => {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(text));
  return sum.toString('base64');
};
const offered = { checksums: { crc32: crcOf('0123456789') } };

describe('a part', () => {
  it('writes what comes to its place, in whatever pieces, and sums it up', async () => {
    await using way = await FileUnderWay.open(offered);
    way.file.begin();
    const part = new Part(way.file, { first: 4, last: 7 });
    for (const piece of ['4', '56', '7']) part.take(Buffer.from(piece));
    expect(part.done).toBe(true);
    expect(way.bytes().subarray(4, 8).toString()).toBe('4567');
    expect(part.crcValues()).toEqual({ crc32: crcOf('4567') });
  });

  it('takes no byte beyond its end', async () => {
    await using way = await FileUnderWay.open(offered);
    way.file.begin();
    const part = new Part(way.file, { first: 0, last: 3 });
    part.take(Buffer.from('0123XYZ'));
    expect(part.next).toBe(4);
    expect(way.bytes().toString('latin1')).toBe('0123\0\0\0\0\0\0');
    expect(part.crcValues()).toEqual({ crc32: crcOf('0123') });
  });

  it('split in two gives the rest away, and both sums are right', async () => {
    await using way = await FileUnderWay.open(offered, { partBytes: 9 });
    way.file.begin();
    const part = new Part(way.file, { first: 0, last: 9 });
    part.take(Buffer.from('01'));
    const rest = part.splitAt(6);
    expect([part.range, rest.range]).toEqual([
      { first: 2, last: 5 },
      { first: 6, last: 9 },
    ]);
    rest.take(Buffer.from('6789'));
    part.take(Buffer.from('2345'));
    expect(part.crcValues()).toEqual({ crc32: crcOf('012345') });
    expect(rest.crcValues()).toEqual({ crc32: crcOf('6789') });
  });

  it('asks for what is still missing after a break', async () => {
    await using way = await FileUnderWay.open();
    way.file.begin();
    const part = new Part(way.file, { first: 4, last: 9 });
    part.take(Buffer.from('45'));
    expect(part.range).toEqual({ first: 6, last: 9 });
  });

  it('of an object without ranges begins at the beginning again, sums too', async () => {
    await using way = await FileUnderWay.open({ ...offered, ranges: false });
    const [part] = way.file.begin();
    part!.take(Buffer.from('0X'));
    part!.rewind();
    expect(part!.range).toBeNull();
    part!.take(Buffer.from('0123456789'));
    expect(part!.crcValues()).toEqual(offered.checksums);
  });

  it('is stale once its file was begun anew', async () => {
    await using way = await FileUnderWay.open();
    const [part] = way.file.begin();
    const [again] = way.file.restart(way.file.object);
    expect([part!.stale, again!.stale]).toEqual([true, false]);
  });
});
