// A line in the terminal for each request, as long as a person can follow; beyond that one a second that counts the rest.
import { styleText } from 'node:util';
import type { Clock } from './clock.ts';
import type { SeenExchange } from './seen-exchange.ts';
import { type Paint, renderLeftOut, renderLine } from './terminal-line.ts';

export interface TerminalLinesOptions {
  readonly clock: Clock;
  print(line: string): void;
  /** Colours where stdout has them, unless said otherwise. */
  readonly paint?: Paint;
}

const maxLinesPerSecond = 20;

export class TerminalLines implements Disposable {
  readonly #clock: Clock;
  readonly #print: (line: string) => void;
  readonly #paint: Paint;
  #endsMs = Number.NEGATIVE_INFINITY; // of the second that is counted
  #printed = 0;
  #leftOut = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor({ clock, print, paint = (style, text) => styleText(style, text) }: TerminalLinesOptions) {
    this.#clock = clock;
    this.#print = print;
    this.#paint = paint;
  }

  ended(seen: SeenExchange): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs >= this.#endsMs) {
      this.#countRest();
      this.#endsMs = nowMs + 1000;
      this.#printed = 0;
    }
    if (this.#printed < maxLinesPerSecond) {
      this.#printed += 1;
      this.#print(renderLine(seen, this.#paint));
      return;
    }
    this.#leftOut += 1;
    // Unless another request comes behind the second, and is sooner.
    this.#timer ??= setTimeout(() => this.#countRest(), this.#endsMs - nowMs).unref();
  }

  [Symbol.dispose](): void {
    this.#countRest();
  }

  #countRest(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#leftOut > 0) this.#print(renderLeftOut(this.#leftOut, this.#paint));
    this.#leftOut = 0;
  }
}
