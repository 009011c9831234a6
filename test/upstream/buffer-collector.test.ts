import { expect, it } from 'vitest';
import { BufferCollector } from '../../src/upstream/buffer-collector.ts';

const mebibyte = 1024 * 1024;

function heldBytes(): number {
  return process.memoryUsage().arrayBuffers;
}

it('buffers that were passed on are freed after 16 MiB of them', async () => {
  const collector = new BufferCollector();
  for (let passed = 0; passed < 256; passed++) {
    Buffer.alloc(mebibyte, 1);
    collector.passed(mebibyte);
  }
  await expect.poll(heldBytes).toBeLessThan(48 * mebibyte); // what is swept is freed by another thread
});
