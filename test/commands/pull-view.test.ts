import { beforeEach, describe, expect, it } from 'vitest';
import { openPullView, type PullView, type ViewOptions } from '../../src/commands/pull-view.ts';
import { OutriggerError } from '../../src/errors.ts';
import { type PullProgress, startProgress } from '../../src/storage/download/progress.ts';
import type { PullResult } from '../../src/storage/pull-job.ts';

const result: PullResult = { files: 2, bytes: 2048, fetchedBytes: 1024, retries: 1, restarts: 0 };
let said: { out: string; err: string };
let nowMs: number;

beforeEach(() => {
  said = { out: '', err: '' };
  nowMs = 0;
});

function viewOf(show: ViewOptions['show'], terminal: { columns?: number } | null = null): PullView {
  const output = (name: 'out' | 'err') => ({
    write: (text: string) => {
      said[name] += text;
    },
    isTTY: terminal !== null,
    columns: terminal?.columns,
  });
  const view = openPullView({ show, out: output('out'), err: output('err'), nowMs: () => nowMs });
  view.started('s3://models/m', '/mnt/models');
  return view;
}

/** Ten times a second, as the thread tells it. */
function goOn(view: PullView, seconds: number, fields: Partial<PullProgress> = {}): void {
  for (let tick = 0; tick < seconds * 10; tick++) {
    nowMs += 100;
    view.progress({
      ...startProgress(),
      listing: false,
      listedFiles: 1,
      listedBytes: 9e9,
      doneBytes: nowMs,
      ...fields,
    });
  }
}

function jsonLines(): Record<string, unknown>[] {
  return said.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('where nobody looks at a terminal', () => {
  it('a line now and then says how far it is', () => {
    goOn(viewOf('text'), 25);
    expect(said.err.split('\n')).toHaveLength(1 + 2 + 1);
    expect(said.err).not.toMatch(/[\r\x1b]/);
    expect(said.out).toBe('');
  });

  it('the first failed attempt is told at once, the others with the next line', () => {
    goOn(viewOf('text'), 5, { retries: 3, lastFailure: 'connect ECONNREFUSED', doneBytes: 0 });
    expect(said.err).toBe(
      'pulling s3://models/m into /mnt/models\nwaiting, 3 failed attempts: connect ECONNREFUSED; 0 B so far\n',
    );
  });

  it('the result goes to standard output, with what was fetched and how fast', () => {
    const view = viewOf('text');
    nowMs = 2000;
    view.pulled(result);
    expect(said.out).toBe('/mnt/models: 2 files, 2.00 KiB; fetched 1.00 KiB in 2s, 512 B/s, 1 failed attempt\n');
  });

  it('a second run says that all was there', () => {
    viewOf('text').pulled({ ...result, fetchedBytes: 0, retries: 0 });
    expect(said.out).toBe('/mnt/models: 2 files, 2.00 KiB; all of it was there already\n');
  });

  it('a failure names the source once, the code, and gives no orders to a terminal', () => {
    const view = viewOf('text');
    view.failed(new OutriggerError('STORE_DENIED', 'list s3://models/m: \x1b[2Jno'));
    view.failed(new OutriggerError('DISK_FULL', '/mnt/models: ENOSPC'));
    expect(said.err.split('\n').slice(1, 3)).toEqual([
      'outrigger: list s3://models/m: ?[2Jno (STORE_DENIED)',
      'outrigger: s3://models/m: /mnt/models: ENOSPC (DISK_FULL)',
    ]);
  });

  it('an interrupted pull says what to do', () => {
    viewOf('text').failed(new OutriggerError('PULL_CANCELLED', 'interrupted'));
    expect(said.err).toContain('run it again');
  });

  it('--verify names each file that is not as it was pulled, and how', () => {
    viewOf('text').verified(3, [
      { path: 'a\nb', kind: 'checksum' },
      { path: 'c', kind: 'missing' },
    ]);
    expect(said.err.split('\n').slice(1)).toEqual([
      '/mnt/models/a?b: has other bytes',
      '/mnt/models/c: is missing',
      '',
    ]);
    expect(said.out).toBe('/mnt/models: 3 files read, 2 not as pulled; delete what is there of them and pull again\n');
  });
});

describe('at a terminal', () => {
  it('that does not know how wide it is, no line loses its end', () => {
    goOn(viewOf('text', { columns: 0 }), 1, { listing: true, listedFiles: 0 });
    expect(said.err).toContain('\rasking the store\x1b');
  });

  it('one line moves, and never reaches the last column, where it would wrap', () => {
    goOn(viewOf('text', { columns: 40 }), 3, { retries: 1, lastFailure: 'x'.repeat(200), doneBytes: 0 });
    const [, ...lines] = said.err.replace(/^.*\n/, '').split('\r');
    expect(lines).toHaveLength(30);
    for (const line of lines) expect(line.replace('\x1b[K', '').length).toBeLessThan(40);
  });

  it('it moves ten times a second, however often it is told', () => {
    const view = viewOf('text', {});
    for (nowMs = 0; nowMs < 1000; nowMs += 1) view.progress(startProgress());
    expect(said.err.split('\r').length - 1).toBe(9);
  });

  it('the line is gone before anything else is said', () => {
    const view = viewOf('text', {});
    goOn(view, 1);
    view.pulled(result);
    expect(said.err).toMatch(/\r\x1b\[K$/);
  });
});

describe('--quiet', () => {
  it('says nothing but errors and differences', () => {
    const view = viewOf('nothing', {});
    goOn(view, 30);
    view.pulled(result);
    view.verified(1, []);
    expect(said).toEqual({ out: '', err: '' });
    view.failed(new OutriggerError('DISK_FULL', 'full'));
    view.verified(1, [{ path: 'a', kind: 'size' }]);
    expect(said.out).toBe('');
    expect(said.err).toBe('outrigger: s3://models/m: full (DISK_FULL)\n/mnt/models/a: has another size\n');
  });
});

describe('--json', () => {
  it('each line is one event with its source and target, nothing else is said', () => {
    const view = viewOf('json', {});
    goOn(view, 3);
    view.pulled(result);
    view.verified(1, [{ path: 'a', kind: 'size' }]);
    view.failed(new OutriggerError('DISK_FULL', 'full'));
    expect(said.err).toBe('');
    expect(jsonLines().map(({ event }) => event)).toEqual([
      ...['started', 'progress', 'progress', 'progress', 'pulled', 'verified', 'failed'],
    ]);
    for (const line of jsonLines()) expect(line).toMatchObject({ source: 's3://models/m', target: '/mnt/models' });
    expect(jsonLines().slice(-3)).toMatchObject([
      { files: 2, bytes: 2048, fetchedBytes: 1024, retries: 1 },
      { files: 1, differences: [{ path: 'a', kind: 'size' }] },
      { code: 'DISK_FULL', message: 'full' },
    ]);
  });

  it('progress has the rate, the eta and why the last attempt failed', () => {
    goOn(viewOf('json'), 2, { retries: 1, lastFailure: 'no answer in time' });
    const progress = { bytesPerSecond: 1000, etaSeconds: 8_999_998, retries: 1, lastFailure: 'no answer in time' };
    expect(jsonLines().at(-1)).toMatchObject(progress);
  });
});
