// What the process is told from outside, and what goes wrong inside it unseen: signals, rejections and exceptions nobody caught.
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { leaveTerminationMessage } from './termination-message.ts';

/** Made before the port is bound: a signal that comes while the agent starts must not be lost. */
export class ProcessEvents implements AsyncDisposable {
  /** Resolves at the first SIGTERM or SIGINT, or when the agent cannot go on. */
  readonly stop: Promise<void>;
  readonly #handlers: readonly (readonly [signal: NodeJS.Signals, handler: () => void])[];
  #stop: () => void = () => undefined;
  #onFurther: () => void = () => undefined;
  #failed = false;
  #seen = 0;

  /** `endsWithTerminal`: it belongs to whoever sits there, and ends when they close it. */
  constructor({ endsWithTerminal = false }: { readonly endsWithTerminal?: boolean } = {}) {
    this.stop = new Promise((resolve) => {
      this.#stop = resolve;
    });
    const onSignal = (): void => this.#signalled();
    this.#handlers = [
      ['SIGTERM', onSignal],
      ['SIGINT', onSignal],
      // A terminal that closes is no reason for a sidecar to stop; without a listener it would be.
      ['SIGHUP', endsWithTerminal ? onSignal : () => undefined],
    ];
    for (const [signal, handler] of this.#handlers) process.on(signal, handler);
  }

  /** True once an exception stopped the agent. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Called with each signal behind the first. */
  onFurther(onFurther: () => void): void {
    this.#onFurther = onFurther;
    if (this.#seen > 1) onFurther();
  }

  /**
   * A rejection that nobody handled costs its own feature only: it is logged and counted, serving goes on. After an exception
   * nobody knows what is still whole: the agent answers what it has and leaves with 1, for Kubernetes to start it anew.
   */
  watchFailures({ log, metrics }: { readonly log: Log; readonly metrics: Metrics }): void {
    process.on('unhandledRejection', (err) => {
      metrics.errors('INTERNAL').add();
      log.error({ err }, 'a part of the agent failed; serving goes on');
    });
    process.on('uncaughtException', (err) => {
      metrics.errors('INTERNAL').add();
      log.error({ err }, 'the agent failed; it answers what is in flight and stops');
      leaveTerminationMessage([`the agent failed: ${err.message}`]);
      this.#failed = true;
      this.#signalled();
      if (this.#seen === 1) this.#signalled(); // no waiting for Kubernetes
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const [signal, handler] of this.#handlers) process.off(signal, handler);
  }

  #signalled(): void {
    this.#seen += 1;
    if (this.#seen === 1) this.#stop();
    else this.#onFurther();
  }
}
