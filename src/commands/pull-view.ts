// How a pull shows itself: a line that moves on a terminal, a line now and then elsewhere, or JSON lines.
import type { OutriggerError } from '../errors.ts';
import { showBytes } from '../show-bytes.ts';
import type { PullProgress } from '../storage/download/progress.ts';
import type { PullResult } from '../storage/pull-job.ts';
import { counted, etaSeconds, plainText, progressLine, Rate, showSeconds } from './pull-figures.ts';

/** The source is redacted, wherever it is shown. */
export interface PullView {
  started(source: string, target: string): void;
  /** Often; it shows what it wants of it. */
  progress(progress: PullProgress): void;
  pulled(result: PullResult): void;
  /** `outrigger pull --verify` of a model: paths that differ, and how. */
  verified(files: number, differences: readonly { readonly path: string; readonly kind: string }[]): void;
  failed(error: OutriggerError): void;
}

interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export interface ViewOptions {
  readonly show: 'text' | 'json' | 'nothing';
  /** Results. */
  readonly out: Output;
  /** Progress and errors. */
  readonly err: Output;
  readonly nowMs: () => number;
}

export function openPullView(options: ViewOptions): PullView {
  return options.show === 'json' ? new JsonView(options) : new TextView(options);
}

const differenceWords: Readonly<Record<string, string>> = {
  missing: 'is missing',
  'not a file': 'is no longer a file',
  size: 'has another size',
  checksum: 'has other bytes',
};

/** Where nobody looks at a terminal, a line now and then shows that it goes on. */
const lineMs = 10_000;
const jsonMs = 1_000;
/** More often would be a blur, and a terminal far away has to draw it. */
const movesMs = 100;

class TextView implements PullView {
  readonly #options: ViewOptions;
  readonly #moving: boolean;
  readonly #quiet: boolean;
  #rate = new Rate();
  #startMs = 0;
  #shownMs = 0;
  #toldOfRetries = false;
  #source = '';
  #target = '';

  constructor(options: ViewOptions) {
    this.#options = options;
    this.#quiet = options.show === 'nothing';
    this.#moving = !this.#quiet && options.err.isTTY === true;
  }

  started(source: string, target: string): void {
    this.#source = source;
    this.#target = target;
    this.#rate = new Rate();
    this.#startMs = this.#options.nowMs();
    this.#shownMs = this.#startMs;
    this.#toldOfRetries = false;
    if (!this.#quiet) this.#options.err.write(`pulling ${source} into ${target}\n`);
  }

  progress(progress: PullProgress): void {
    const nowMs = this.#options.nowMs();
    this.#rate.add(progress.doneBytes, nowMs);
    // The first failure at once: whoever reads lines shall not wait ten seconds to hear that the store is down.
    const troubled = progress.retries > 0 && !this.#toldOfRetries;
    const everyMs = this.#moving ? movesMs : troubled ? 0 : lineMs;
    if (this.#quiet || nowMs - this.#shownMs < everyMs) return;
    this.#toldOfRetries ||= troubled;
    this.#shownMs = nowMs;
    const line = progressLine(progress, this.#rate.bytesPerSecond);
    if (this.#moving) this.#options.err.write(`\r${line.slice(0, this.#columns - 1)}\x1b[K`);
    else this.#options.err.write(`${line}\n`);
  }

  pulled({ files, bytes, fetchedBytes, retries }: PullResult): void {
    this.#clear();
    if (this.#quiet) return;
    const seconds = (this.#options.nowMs() - this.#startMs) / 1000;
    const what = `${counted(files, 'file')}, ${showBytes(bytes)}`;
    const rate = seconds > 0 ? `, ${showBytes(fetchedBytes / seconds)}/s` : '';
    const how =
      fetchedBytes === 0 && bytes > 0
        ? 'all of it was there already'
        : `fetched ${showBytes(fetchedBytes)} in ${showSeconds(seconds)}${rate}${retries > 0 ? `, ${counted(retries, 'failed attempt')}` : ''}`;
    this.#options.out.write(`${this.#target}: ${what}; ${how}\n`);
  }

  verified(files: number, differences: readonly { readonly path: string; readonly kind: string }[]): void {
    this.#clear();
    for (const { path, kind } of differences) {
      this.#options.err.write(`${this.#target}/${plainText(path)}: ${differenceWords[kind] ?? kind}\n`);
    }
    if (this.#quiet) return;
    const { length } = differences;
    const result =
      length === 0 ? 'all as pulled' : `${length} not as pulled; delete what is there of them and pull again`;
    this.#options.out.write(`${this.#target}: ${counted(files, 'file')} read, ${result}\n`);
  }

  failed({ code, message }: OutriggerError): void {
    this.#clear();
    const where = message.includes(this.#source) ? '' : `${this.#source}: `;
    const next = code === 'PULL_CANCELLED' ? '; run it again, it goes on from here' : '';
    this.#options.err.write(`outrigger: ${where}${plainText(message)}${next} (${code})\n`);
  }

  /** A terminal that nobody has told its size says 0: ssh and docker exec without a window, expect. */
  get #columns(): number {
    const { columns = 0 } = this.#options.err;
    return columns > 0 ? columns : 120;
  }

  #clear(): void {
    if (this.#moving) this.#options.err.write('\r\x1b[K');
  }
}

/** One object a line, `event` says what it is. Bytes are numbers. */
class JsonView implements PullView {
  readonly #options: ViewOptions;
  #rate = new Rate();
  #shownMs = 0;
  #where: { readonly source: string; readonly target: string } = { source: '', target: '' };

  constructor(options: ViewOptions) {
    this.#options = options;
  }

  started(source: string, target: string): void {
    this.#where = { source, target };
    this.#rate = new Rate();
    this.#shownMs = this.#options.nowMs();
    this.#say('started', {});
  }

  progress(progress: PullProgress): void {
    const nowMs = this.#options.nowMs();
    this.#rate.add(progress.doneBytes, nowMs);
    if (nowMs - this.#shownMs < jsonMs) return;
    this.#shownMs = nowMs;
    const { bytesPerSecond } = this.#rate;
    const eta = etaSeconds(progress, bytesPerSecond);
    const rounded = { bytesPerSecond: Math.round(bytesPerSecond), etaSeconds: eta === null ? null : Math.round(eta) };
    this.#say('progress', { ...progress, ...rounded });
  }

  pulled(result: PullResult): void {
    this.#say('pulled', result);
  }

  verified(files: number, differences: readonly { readonly path: string; readonly kind: string }[]): void {
    this.#say('verified', { files, differences });
  }

  failed({ code, message }: OutriggerError): void {
    this.#say('failed', { code, message });
  }

  #say(event: string, fields: object): void {
    this.#options.out.write(`${JSON.stringify({ event, ...this.#where, ...fields })}\n`);
  }
}
