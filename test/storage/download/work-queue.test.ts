import { describe, expect, it } from 'vitest';
import { Part } from '../../../src/storage/download/part.ts';
import { WorkQueue } from '../../../src/storage/download/work-queue.ts';
import { FileUnderWay, remoteObject } from '../../support/stores/file-under-way.ts';

const MiB = 1_048_576;
const wanted = (path: string) => ({ path, object: remoteObject({ key: path }) });

describe('the queue of a pull', () => {
  it('gives files in their order, over several pages', () => {
    const queue = new WorkQueue();
    queue.addFiles([wanted('a'), wanted('b')]);
    expect(queue.takeFile()?.path).toBe('a');
    queue.addFiles([wanted('c')]);
    expect(queue.waitingFiles).toBe(2);
    expect([queue.takeFile()?.path, queue.takeFile()?.path, queue.takeFile()]).toEqual(['b', 'c', undefined]);
    expect(queue.hasWork).toBe(false);
  });

  it('leaves out parts of a file that was begun anew', async () => {
    await using way = await FileUnderWay.open();
    const queue = new WorkQueue();
    queue.addParts(way.file.begin());
    const again = way.file.restart(way.file.object);
    queue.addParts(again);
    expect(queue.takePart()).toBe(again[0]);
  });

  it('takes more parts than a call could have arguments', async () => {
    await using way = await FileUnderWay.open();
    const queue = new WorkQueue();
    const part = new Part(way.file, { first: 0, last: 9 });
    queue.addParts(new Array(300_000).fill(part));
    expect(queue.takePart()).toBe(part);
  });

  it('lets the idle take half of what the slowest has before it', async () => {
    await using way = await FileUnderWay.open({ bytes: 20 * MiB }, { partBytes: MiB });
    const queue = new WorkQueue();
    const small = new Part(way.file, { first: 0, last: 4 * MiB - 1 });
    const large = new Part(way.file, { first: 4 * MiB, last: 20 * MiB - 1 });
    queue.addParts([small, large]);
    queue.takePart();
    queue.takePart();
    large.next = 12 * MiB;
    const half = queue.steal();
    expect([half?.first, half?.last, large.last]).toEqual([16 * MiB, 20 * MiB - 1, 16 * MiB - 1]);
    expect(queue.active).toBe(3);
  });

  it('steals nothing of a stream, of a stale part, or of what is nearly done', async () => {
    await using stream = await FileUnderWay.open({ bytes: 20 * MiB, ranges: false });
    await using way = await FileUnderWay.open({ bytes: 20 * MiB }, { partBytes: MiB });
    const queue = new WorkQueue();
    const stale = new Part(way.file, { first: 0, last: 20 * MiB - 1 });
    way.file.restart(way.file.object);
    const nearlyDone = new Part(way.file, { first: 0, last: 2 * MiB - 2 });
    for (const part of [...stream.file.begin(), nearlyDone]) {
      queue.addParts([part]);
      queue.takePart();
    }
    queue.addParts([stale]);
    queue.takePart();
    expect(queue.steal()).toBeUndefined();
  });

  it('wakes everybody who waits at each change, and once', async () => {
    const queue = new WorkQueue();
    const waiting = [queue.changed(), queue.changed()];
    queue.addFiles([wanted('a')]);
    await Promise.all(waiting);
    let woken = false;
    void queue.changed().then(() => {
      woken = true;
    });
    await Promise.resolve();
    expect(woken).toBe(false);
  });
});
