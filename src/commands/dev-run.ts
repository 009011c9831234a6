// The agent of `outrigger dev`: it runs with an inspector, and says where everything is once it serves.
import type { Agent } from '../agent.ts';
import type { Config } from '../config/slices.ts';
import type { EventSink } from '../dev/event-sink.ts';
import type { Example } from '../dev/example.ts';
import { openInspector } from '../dev/inspector/inspector.ts';
import { OutriggerError } from '../errors.ts';
import { askExample } from './dev-example.ts';
import { type Greeting, renderGreeting, urlOf } from './dev-greeting.ts';
import { untilReady } from './dev-ready.ts';
import { runAgent } from './serve.ts';

/** Longest wait for the model before the greeting. */
const maxReadyMs = 10_000;

export interface Shown {
  /** Null: a runtime of the user's own, or its models are. */
  readonly exampleOf: ((url: string) => Example) | null;
  readonly embedded: boolean;
  /** The embedded one; null: events go to one of the user's, or nowhere. */
  readonly sink: Pick<EventSink, 'url' | 'eventsOf'> | null;
  /** What may be changed to see models come and go. */
  readonly workbench: Greeting['workbench'];
  /** Of --model. */
  readonly models: readonly string[];
}

export const nothingShown = { exampleOf: null, embedded: false, workbench: null } as const;

/** Resolves with the exit code. @throws OutriggerError PORT_UNAVAILABLE, with the remedy */
export async function runDev(config: Config, shown: Shown): Promise<number> {
  const { host } = config.listener;
  let agentUrl = urlOf(host, config.listener.port);
  using inspector = openInspector({
    agentUrl: () => agentUrl,
    opsHost: config.ops?.host ?? host,
    eventsOf: shown.sink?.eventsOf ?? null,
    sinkUrl: config.logger?.sinks.map(({ label }) => label).join(', ') ?? null,
    print: (line) => process.stdout.write(`${line}\n`),
  });
  const started = (agent: Agent): void => {
    agentUrl = urlOf(host, agent.port);
    void greet(config, { agent, shown });
  };
  try {
    return await runAgent(config, { endsWithTerminal: true, inspector, started });
  } catch (cause) {
    const inUse = cause instanceof OutriggerError && (cause.cause as NodeJS.ErrnoException)?.code === 'EADDRINUSE';
    if (!inUse) throw cause;
    throw new OutriggerError('PORT_UNAVAILABLE', `${cause.message}; --port 0 takes a free one`, { cause });
  }
}

interface Served {
  readonly agent: Pick<Agent, 'port' | 'opsPort'>;
  readonly shown: Shown;
}

async function greet(config: Config, { agent: { port, opsPort }, shown }: Served): Promise<void> {
  const { exampleOf, embedded, sink, workbench, models } = shown;
  const [firstModel] = models;
  const agentUrl = urlOf(config.listener.host, port);
  // The line to paste shall work. Somebody else's models may take any time.
  const waits = exampleOf !== null || firstModel !== undefined;
  if (waits && (await untilReady(agentUrl, { maxMs: maxReadyMs })) === 'gone') return;
  const greeting = renderGreeting({
    agentUrl,
    opsUrl: config.ops === null || opsPort === null ? null : urlOf(config.ops.host, opsPort),
    opsRefused: opsPort === null ? (config.ops?.port ?? null) : null,
    runtimeUrl: urlOf(config.upstream.host, config.upstream.port),
    embedded,
    example: exampleOf === null ? null : exampleOf(agentUrl),
    models,
    request: firstModel === undefined ? null : await askExample(agentUrl, firstModel),
    workbench,
    sinkUrl: config.logger === null ? null : (sink?.url ?? null),
    env: process.env,
  });
  process.stdout.write(greeting);
}
