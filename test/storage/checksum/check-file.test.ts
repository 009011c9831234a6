import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import { checksumFile } from '../../../src/storage/checksum/check-file.ts';
import { runningCrc } from '../../../src/storage/checksum/running-crc.ts';

const folder = mkdtempSync(join(tmpdir(), 'check-file-'));
afterAll(() => rmSync(folder, { recursive: true }));
const never = new AbortController().signal;

it.each([0, 1, 2 ** 20, 3 * 2 ** 20 + 7])(
  'every checksum of a file of %d bytes is found in one pass',
  async (bytes) => {
    const content = randomBytes(bytes);
    const path = join(folder, `file-${bytes}`);
    writeFileSync(path, content);
    const hash = (name: string, head = ''): string => createHash(name).update(head).update(content).digest('base64');
    const crc = Buffer.alloc(4);
    crc.writeUInt32BE(crc32(content));
    const crc64nvme = runningCrc('crc64nvme');
    crc64nvme.update(content);
    let seen = 0;
    const algorithms = ['crc32', 'crc64nvme', 'md5', 'sha256', 'gitBlob'] as const;
    const onBytes = (more: number): void => {
      seen += more;
    };
    expect(await checksumFile(path, algorithms, { signal: never, onBytes })).toEqual({
      crc32: crc.toString('base64'),
      crc64nvme: crc64nvme.value(),
      md5: hash('md5'),
      sha256: hash('sha256'),
      gitBlob: hash('sha1', `blob ${bytes}\0`),
    });
    expect(seen).toBe(bytes);
  },
);

it('a check ends when it is called off', async () => {
  const path = join(folder, 'large');
  writeFileSync(path, Buffer.alloc(4 * 2 ** 20));
  const controller = new AbortController();
  const options = { signal: controller.signal, onBytes: () => controller.abort(new Error('called off')) };
  await expect(checksumFile(path, ['crc32c'], options)).rejects.toThrow('called off');
  await expect(checksumFile(path, ['crc32c'], options)).rejects.toThrow('called off');
});

it('a file that is not there is said', async () => {
  await expect(checksumFile(join(folder, 'none'), ['md5'], { signal: never })).rejects.toMatchObject({
    code: 'ENOENT',
  });
});
