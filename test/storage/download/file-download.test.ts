import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Part } from '../../../src/storage/download/part.ts';
import { FileUnderWay } from '../../support/stores/file-under-way.ts';

const text = '0123456789';
const sha256 = createHash('sha256').update(text).digest('base64');
const gitBlob = createHash('sha1').update(`blob 10\0${text}`).digest('base64');

/** True: it was the last one. */
function bring(part: Part, from: string = text): boolean {
  part.take(Buffer.from(from.slice(part.first, part.last + 1)));
  return part.file.partDone(part);
}

describe('a file under way', () => {
  it.each([[{ sha256 }], [{ gitBlob }], [{ sha256, gitBlob }], [{}]])(
    'is right whatever the order of its parts, checked by %o',
    async (checksums) => {
      await using way = await FileUnderWay.open({ checksums });
      const [one, two, three] = way.file.begin();
      expect([three!, one!, two!].map((part) => bring(part))).toEqual([false, false, true]);
      const { wrong, checksums: found } = await way.file.verify(two!);
      expect(wrong).toBeNull();
      expect(found).toMatchObject({ ...checksums, crc32c: expect.any(String) });
    },
  );

  it.each([
    ['in parts', {}],
    ['in one stream', { ranges: false }],
  ])('that came wrong, %s, says which sum differs', async (_, facts) => {
    await using way = await FileUnderWay.open({ checksums: { sha256 }, ...facts });
    const parts = way.file.begin();
    for (const part of parts) bring(part, '01234X6789');
    expect((await way.file.verify(parts.at(-1)!)).wrong).toBe('its sha256 differs');
  });

  it('is wrong when bytes are missing, whatever was offered', async () => {
    await using way = await FileUnderWay.open({ bytes: 10, ranges: false });
    const [part] = way.file.begin();
    part!.take(Buffer.from('0123'));
    way.file.partDone(part!);
    expect((await way.file.verify(part!)).wrong).toBe('4 of 10 bytes came');
  });

  it('of no bytes is done without any', async () => {
    await using way = await FileUnderWay.open({ bytes: 0 });
    const [part] = way.file.begin();
    expect(part!.done).toBe(true);
    expect(way.file.partDone(part!)).toBe(true);
    expect(await way.file.verify(part!)).toEqual({ wrong: null, checksums: { crc32c: 'AAAAAA==' } });
  });

  it('is taken over from an earlier pull: only what is missing is asked for', async () => {
    await using way = await FileUnderWay.open({ checksums: { sha256 } });
    bring(way.file.begin()[1]!);
    await way.reopen({ checksums: { sha256 } });
    const missing = way.file.begin();
    expect(missing.map(({ first, last }) => [first, last])).toEqual([
      [0, 3],
      [8, 9],
    ]);
    expect([way.file.writtenBytes, way.file.keptBytes]).toEqual([4, 4]);
    for (const part of missing) bring(part);
    expect((await way.file.verify(missing[1]!)).wrong).toBeNull();
  });

  it('begun anew after that counts nothing of the earlier pull any more', async () => {
    await using way = await FileUnderWay.open();
    bring(way.file.begin()[1]!, 'old old old');
    await way.reopen({});
    way.file.begin();
    const parts = way.file.restart({ ...way.file.object, version: '"v2"' });
    expect(parts.map(({ first }) => first)).toEqual([0, 4, 8]);
    expect([way.file.writtenBytes, way.file.keptBytes]).toEqual([0, 0]);
    for (const part of parts) bring(part);
    expect(way.bytes().toString()).toBe(text);
  });

  it('fetches parts again that lack a sum which is needed now', async () => {
    await using way = await FileUnderWay.open();
    bring(way.file.begin()[0]!);
    await way.reopen({ checksums: { crc32: 'AAAAAA==' } });
    expect(way.file.begin().map(({ first }) => first)).toEqual([0, 4, 8]);
  });

  it('that nobody wants any more keeps nobody waiting for its check', async () => {
    await using way = await FileUnderWay.open({ checksums: { sha256 } });
    const parts = way.file.begin();
    for (const part of parts) bring(part);
    const verifying = way.file.verify(parts[0]!);
    way.file.giveUp();
    await expect(verifying).rejects.toMatchObject({ code: 'PULL_CANCELLED' });
  });
});
