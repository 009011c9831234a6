// Whatever checksum a store offers: right bytes pass by it, and a flipped bit is found by it.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { runningCrc } from '../../src/storage/checksum/running-crc.ts';
import type { CombinableAlgorithm } from '../../src/storage/checksum/verification.ts';
import { startProgress } from '../../src/storage/download/progress.ts';
import { readMarkers } from '../../src/storage/folder/marker.ts';
import { seededRandom } from '../support/random.ts';
import { seed } from '../support/seed.ts';
import { PullFolder, pullFrom } from '../support/stores/pulls.ts';
import { type S3Object, s3Object } from '../support/stores/s3-answers.ts';
import { S3Server } from '../support/stores/s3-server.ts';

const random = seededRandom(seed);
const bytesOf = (bytes: number): Buffer => Buffer.from(Uint8Array.from({ length: bytes }, () => random() * 256));
const bodies = { 'in ranges': bytesOf(150_000), 'in one piece': bytesOf(20_000) };

const hashOf = (name: string, body: Buffer): string => createHash(name).update(body).digest('base64');
function crcOf(name: CombinableAlgorithm, body: Buffer): string {
  const crc = runningCrc(name);
  crc.update(body);
  return crc.value();
}

/** The ETag of a multipart upload: no MD5 of anything we could compute. */
const etag = `"${'ab'.repeat(16)}-3"`;

function withHeader(name: string, sum: (body: Buffer) => string) {
  return (body: Buffer): S3Object => {
    return s3Object(body, {
      etag,
      headers: { [`x-amz-checksum-${name}`]: sum(body), 'x-amz-checksum-type': 'FULL_OBJECT' },
    });
  };
}

const offers = {
  crc32: withHeader('crc32', (body) => crcOf('crc32', body)),
  crc32c: withHeader('crc32c', (body) => crcOf('crc32c', body)),
  crc64nvme: withHeader('crc64nvme', (body) => crcOf('crc64nvme', body)),
  sha1: withHeader('sha1', (body) => hashOf('sha1', body)),
  sha256: withHeader('sha256', (body) => hashOf('sha256', body)),
  md5: (body: Buffer) => s3Object(body),
} as const;

const cases = (Object.keys(offers) as (keyof typeof offers)[]).flatMap((kind) =>
  (Object.keys(bodies) as (keyof typeof bodies)[]).map((how) => [kind, how] as const),
);

describe('an object whose store offers', () => {
  it.each(cases)(
    '%s, fetched %s, passes when it is right; a flipped bit is found, and fetched again',
    async (kind, how) => {
      const body = bodies[how];
      let toFlip = 1;
      await using server = await S3Server.start({
        alter: ({ method, key }, answer) => {
          if (method !== 'GET' || key === '' || toFlip === 0) return answer;
          toFlip -= 1;
          const copy = Buffer.from(answer.body);
          copy[Math.floor(random() * copy.length)]! ^= 1 << Math.floor(random() * 8);
          return { ...answer, body: copy };
        },
      });
      server.put('models', 'm/weights', offers[kind](body));
      using folder = new PullFolder();
      const progress = startProgress();
      expect(await pullFrom({ server, folder, progress })).toMatchObject({ restarts: 1 });
      expect(progress).toMatchObject({ listedBytes: body.length, doneBytes: body.length, doneFiles: 1 });
      expect(folder.files().weights?.equals(body)).toBe(true);
      const [manifest] = (await readMarkers(folder.path)).values();
      const sum = kind.startsWith('crc') ? crcOf(kind as CombinableAlgorithm, body) : hashOf(kind, body);
      expect(manifest?.files[0]?.checksums).toMatchObject({ [kind]: sum });
    },
  );

  it.each(['COMPOSITE', 'FULL_OBJECT'])('none of the whole (%s) gets one of ours, for --verify', async (type) => {
    const body = bodies['in ranges'];
    await using server = await S3Server.start();
    const headers = { 'x-amz-checksum-sha256': `${hashOf('sha256', body)}-3`, 'x-amz-checksum-type': type };
    server.put('models', 'm/weights', s3Object(body, { etag, headers }));
    using folder = new PullFolder();
    await pullFrom({ server, folder });
    const [manifest] = (await readMarkers(folder.path)).values();
    expect(manifest?.files[0]?.checksums).toEqual({ crc32c: crcOf('crc32c', body) });
  });
});
