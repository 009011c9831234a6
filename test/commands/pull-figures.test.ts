import { describe, expect, it } from 'vitest';
import { etaSeconds, plainText, progressLine, Rate, showSeconds } from '../../src/commands/pull-figures.ts';
import { showBytes } from '../../src/show-bytes.ts';
import { type PullProgress, startProgress } from '../../src/storage/download/progress.ts';

const mebi = 2 ** 20;

function progressOf(fields: Partial<PullProgress>): PullProgress {
  return { ...startProgress(), listing: false, listedFiles: 20, listedBytes: 200 * mebi, ...fields };
}

describe('figures for people', () => {
  it.each([
    [0, '0 B'],
    [-1, '0 B'],
    [999, '999 B'],
    [1000, '0.98 KiB'],
    [1024, '1.00 KiB'],
    [10 * 1024, '10.0 KiB'],
    [100 * mebi, '100 MiB'],
    [1023 * mebi, '1.00 GiB'],
    [2.5 * 2 ** 40, '2.50 TiB'],
    [5000 * 2 ** 40, '5000 TiB'],
  ])('%d bytes are %s', (bytes, shown) => {
    expect(showBytes(bytes)).toBe(shown);
  });

  it.each([
    [0.4, '0s'],
    [59.4, '59s'],
    [59.6, '1m00s'],
    [187, '3m07s'],
    [3599.6, '1h00m'],
    [7500, '2h05m'],
    [360_000, '100h00m'],
  ])('%d seconds are %s', (seconds, shown) => {
    expect(showSeconds(seconds)).toBe(shown);
  });
});

describe('the rate', () => {
  it('is that of the last five seconds, so that a stall shows', () => {
    const rate = new Rate();
    for (let second = 0; second <= 20; second++) rate.add(Math.min(second, 10) * 1000, second * 1000);
    expect(rate.bytesPerSecond).toBe(0);
  });

  it('is there from the second sample on, and never negative', () => {
    const rate = new Rate();
    expect(rate.bytesPerSecond).toBe(0);
    rate.add(0, 0);
    expect(rate.bytesPerSecond).toBe(0);
    rate.add(500, 1000);
    expect(rate.bytesPerSecond).toBe(500);
    rate.add(0, 2000); // an object that changed is begun anew
    expect(rate.bytesPerSecond).toBe(0);
  });

  it('gives no eta while more may be listed, or nothing comes', () => {
    expect(etaSeconds(progressOf({ doneBytes: 100 * mebi }), 10 * mebi)).toBe(10);
    expect(etaSeconds(progressOf({ listing: true }), 10 * mebi)).toBeNull();
    expect(etaSeconds(progressOf({}), 0)).toBeNull();
  });
});

describe('the line of a pull under way', () => {
  it('has the share, the sizes, the rate, the eta, files, connections and failed attempts', () => {
    const progress = progressOf({ doneBytes: 100 * mebi, doneFiles: 1, connections: 16, retries: 1 });
    expect(progressLine(progress, 10 * mebi)).toBe(
      '[##########----------]  50%  100 MiB/200 MiB  10.0 MiB/s  eta 10s  1/20 files  16 connections  1 failed attempt',
    );
  });

  it('has neither share nor eta while more may be listed', () => {
    const line = progressLine(progressOf({ listing: true, doneBytes: mebi }), mebi);
    expect(line).toBe('1.00 MiB/200 MiB+  1.00 MiB/s  0/20+ files');
  });

  it('never shows more than all, nor 100 % before the last byte', () => {
    expect(progressLine(progressOf({ doneBytes: 201 * mebi }), 1)).toContain('] 100%');
    expect(progressLine(progressOf({ doneBytes: 200 * mebi - 1 }), 1)).toContain(']  99%');
  });

  it('says at first that the store is asked, at last what is done with what came', () => {
    expect(progressLine(startProgress(), 0)).toBe('asking the store');
    expect(progressLine(progressOf({ phase: 'unpacking', unpackedBytes: mebi }), 0)).toBe(
      'unpacking: 1.00 MiB written',
    );
    expect(progressLine(progressOf({ phase: 'publishing' }), 0)).toBe('moving the files to their place');
  });

  it('begins with the reason when nothing comes after a failed attempt, and only then', () => {
    const progress = progressOf({ retries: 2, lastFailure: 'connect ECONNREFUSED', doneBytes: mebi });
    expect(progressLine(progress, 0)).toBe('waiting, 2 failed attempts: connect ECONNREFUSED; 1.00 MiB so far');
    expect(progressLine(progress, 1)).not.toContain('ECONNREFUSED');
    expect(progressLine({ ...progress, phase: 'unpacking' }, 0)).not.toContain('ECONNREFUSED');
  });
});

it('what others wrote cannot give orders to a terminal', () => {
  expect(plainText('a\x1b[2Jb\r\nc\u202ed')).toBe('a?[2Jb??c?d');
});
