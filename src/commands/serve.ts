// `outrigger [flags]`: the sidecar. Binds its port first, loads the rest behind it, serves until a signal.
import type { Agent } from '../agent.ts';
import { atMost } from '../at-most.ts';
import { readConfig } from '../config/read.ts';
import type { Config } from '../config/slices.ts';
import { Disposal } from '../disposal.ts';
import type { Inspector } from '../inspection.ts';
import { bindListener } from '../server/listener.ts';
import { version } from '../version.ts';
import { ensureHomeFolder } from './home-folder.ts';
import { ProcessEvents } from './process-events.ts';

export async function serve(argv: readonly string[]): Promise<number> {
  const config = readConfig({ argv, env: process.env, atTerminal: process.stdout.isTTY === true });
  return runAgent(config);
}

export interface RunHooks {
  /** Sees every exchange, and shows it at the operator's port. */
  readonly inspector?: Inspector;
  /** A closed terminal (SIGHUP) ends it; else it goes on. */
  readonly endsWithTerminal?: boolean;
  /** The agent serves. */
  started?(agent: Agent): void;
}

/** From binding the port to the last answer, everything closed again, also when a start fails. Resolves with the exit code. */
export async function runAgent(config: Config, hooks: RunHooks = {}): Promise<number> {
  // Meant for the store alone; the AWS client would take it for STS, too. The thread of log stores gets our copy of the environment.
  delete process.env.AWS_ENDPOINT_URL;
  ensureHomeFolder();
  const opened = new Disposal();
  try {
    const events = opened.use(new ProcessEvents(hooks));
    const listener = opened.use(await bindListener(config.listener));
    // Everything heavy is loaded behind the bound port: connections wait in it meanwhile.
    const [{ openLog }, { startAgent }, { openMetrics }] = await Promise.all([
      import('../process-log.ts'),
      import('../agent.ts'),
      import('../metrics.ts'),
    ]);
    const metrics = openMetrics({ version });
    const log = opened.use(await openLog(config.log, { drops: metrics.logLinesDropped }));
    events.watchFailures({ log, metrics });
    const agent = opened.use(await startAgent({ config, listener, log, metrics, inspector: hooks.inspector }));
    hooks.started?.(agent);

    const failure = await Promise.race([events.stop.then(() => null), agent.gaveUp]);
    events.onFurther(() => agent.hurry());
    if (failure !== null) agent.hurry(); // Kubernetes does not have to notice: it was never ready
    const cut = await agent.drain();
    if (failure !== null) throw failure;
    return cut === 0 && !events.failed ? 0 : 1;
  } finally {
    await atMost(maxCloseMs, opened[Symbol.asyncDispose]());
  }
}

/** What cannot be closed must not hold a process that has answered everything; what it kept is there for the next start. */
const maxCloseMs = 10_000;
