// What people read of a pull under way: sizes, rates, times, and the line that holds them all. Pure.
import { showBytes } from '../show-bytes.ts';
import type { PullProgress } from '../storage/download/progress.ts';

/** `42s`, `3m07s`, `2h05m`. */
export function showSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole}s`;
  const two = (value: number): string => String(value).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h${two(Math.floor((whole % 3600) / 60))}m`;
}

/** So far back the rate looks: long enough to be calm, short enough to tell of a stall. */
const windowMs = 5_000;

/** Bytes a second over the last seconds. */
export class Rate {
  readonly #samples: { readonly atMs: number; readonly bytes: number }[] = [];

  add(bytes: number, nowMs: number): void {
    this.#samples.push({ atMs: nowMs, bytes });
    while (this.#samples.length > 2 && nowMs - this.#samples[1]!.atMs >= windowMs) this.#samples.shift();
  }

  get bytesPerSecond(): number {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (first === undefined || last === undefined || last.atMs <= first.atMs) return 0;
    return Math.max(0, ((last.bytes - first.bytes) * 1000) / (last.atMs - first.atMs));
  }
}

/** Null: not known, since more may be listed, or nothing comes. */
export function etaSeconds({ listing, listedBytes, doneBytes }: PullProgress, bytesPerSecond: number): number | null {
  return listing || bytesPerSecond <= 0 ? null : (listedBytes - doneBytes) / bytesPerSecond;
}

/** On one line, and without what a terminal would obey: keys and the words of stores are written by others. */
export function plainText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
}

/** `1 file`, `2 files`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Nothing comes since an attempt failed: whoever looks on should hear why. */
function isStuck({ lastFailure, phase }: PullProgress, bytesPerSecond: number): boolean {
  return phase === 'fetching' && lastFailure !== null && bytesPerSecond === 0;
}

/**
 * `[#######---] 68%  1.7/2.5 GiB  812 MiB/s  eta 1s  12/20 files  16 connections`; when nothing comes, the reason first, since
 * a narrow terminal shows only the beginning.
 */
export function progressLine(progress: PullProgress, bytesPerSecond: number): string {
  if (isStuck(progress, bytesPerSecond)) {
    const { retries, doneBytes, lastFailure } = progress;
    return `waiting, ${counted(retries, 'failed attempt')}: ${plainText(lastFailure ?? '')}; ${showBytes(doneBytes)} so far`;
  }
  if (progress.phase === 'fetching' && progress.listing && progress.listedFiles === 0) return 'asking the store';
  if (progress.phase === 'unpacking') return `unpacking: ${showBytes(progress.unpackedBytes)} written`;
  if (progress.phase === 'publishing') return 'moving the files to their place';
  const { listing, listedFiles, listedBytes, doneFiles, doneBytes, connections, retries } = progress;
  const eta = etaSeconds(progress, bytesPerSecond);
  const more = listing ? '+' : '';
  return [
    listing || listedBytes === 0 ? null : bar(doneBytes / listedBytes),
    `${showBytes(doneBytes)}/${showBytes(listedBytes)}${more}`,
    `${showBytes(bytesPerSecond)}/s`,
    eta === null ? null : `eta ${showSeconds(eta)}`,
    listedFiles > 0 ? `${doneFiles}/${listedFiles}${more} files` : null,
    connections > 0 ? counted(connections, 'connection') : null,
    retries > 0 ? counted(retries, 'failed attempt') : null,
  ]
    .filter((piece) => piece !== null)
    .join('  ');
}

function bar(share: number): string {
  const full = Math.round(20 * Math.min(1, share));
  const percent = Math.floor(100 * Math.min(1, share));
  return `[${'#'.repeat(full)}${'-'.repeat(20 - full)}] ${String(percent).padStart(3)}%`;
}
