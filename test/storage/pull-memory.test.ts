// A model of any size takes the same memory: its bytes go to disk as they come.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { PullFolder } from '../support/stores/pulls.ts';
import { s3Object } from '../support/stores/s3-answers.ts';
import { S3Server } from '../support/stores/s3-server.ts';

const MiB = 1024 ** 2;
const child = join(import.meta.dirname, '../support/stores/pull-child.ts');

describe('a pull', () => {
  it('of 256 MiB in 32 files takes little more memory than one of a few bytes', async () => {
    await using server = await S3Server.start();
    const large = s3Object(Buffer.alloc(8 * MiB, 'outrigger'), { etag: '"of-no-md5"' });
    for (let file = 0; file < 32; file += 1) server.put('models', `large/${file}`, large);
    server.put('models', 'small/config.json', '{}');
    using folder = new PullFolder();
    const { stdout } = await promisify(execFile)(process.execPath, [child, server.url, folder.path], {
      timeout: 60_000,
    });
    const { smallBytes, largeBytes } = JSON.parse(stdout);
    expect(smallBytes).toBeGreaterThan(0);
    expect((largeBytes - smallBytes) / MiB).toBeLessThan(96);
  }, 60_000);
});
