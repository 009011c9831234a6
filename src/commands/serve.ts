// `outrigger [flags]`: the sidecar. Binds its port first, loads the rest behind it, serves until a signal.
import type { Agent } from '../agent.ts';
import { readConfig } from '../config/read.ts';
import type { Config } from '../config/slices.ts';
import { bindListener } from '../server/listener.ts';
import { version } from '../version.ts';

export async function serve(argv: readonly string[]): Promise<number> {
  const config = readConfig({ argv, env: process.env, atTerminal: process.stdout.isTTY === true });
  return runAgent(config);
}

export interface RunHooks {
  /** The agent serves. */
  started?(agent: Agent): void;
}

/** From binding the port to the last answer. Resolves with the exit code. */
export async function runAgent(config: Config, hooks: RunHooks = {}): Promise<number> {
  const signals = new StopSignals();
  const listener = await bindListener(config.listener);
  // Everything heavy is loaded behind the bound port: connections wait in it meanwhile.
  const [{ openLog }, { startAgent }, { openMetrics }] = await Promise.all([
    import('../process-log.ts'),
    import('../agent.ts'),
    import('../metrics.ts'),
  ]);
  const metrics = openMetrics({ version });
  const log = await openLog(config.log, { drops: metrics.logLinesDropped });
  process.on('unhandledRejection', (err) => log.error({ err }, 'a part of the agent failed; serving goes on'));
  const agent = await startAgent({ config, listener, log, metrics });
  hooks.started?.(agent);

  await signals.first;
  signals.onNext(() => agent.hurry());
  const cut = await agent.drain();
  await agent[Symbol.asyncDispose]();
  await log[Symbol.asyncDispose]();
  signals.stop();
  return cut === 0 ? 0 : 1;
}

/** SIGTERM and SIGINT ask to stop, the second one to hurry; SIGHUP of a closed terminal is no reason. */
class StopSignals {
  readonly first: Promise<void>;
  #next: (() => void) | null = null;
  readonly #listener: () => void;

  constructor() {
    let stop: () => void = () => undefined;
    this.first = new Promise((resolve) => {
      stop = resolve;
    });
    let seen = 0;
    this.#listener = () => {
      seen += 1;
      if (seen === 1) stop();
      else this.#next?.();
    };
    process.on('SIGTERM', this.#listener);
    process.on('SIGINT', this.#listener);
    process.on('SIGHUP', ignoreHangup);
  }

  onNext(next: () => void): void {
    this.#next = next;
  }

  stop(): void {
    process.off('SIGTERM', this.#listener);
    process.off('SIGINT', this.#listener);
    process.off('SIGHUP', ignoreHangup);
  }
}

function ignoreHangup(): void {
  // A listener is all it takes: without one the signal ends the process.
}
