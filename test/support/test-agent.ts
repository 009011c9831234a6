// The whole agent inside the test's process, in front of a runtime of the test's own; ends with the test.
import { onTestFinished } from 'vitest';
import { type Agent, startAgent } from '../../src/agent.ts';
import { readConfig } from '../../src/config/read.ts';
import type { Config } from '../../src/config/slices.ts';
import type { Inspector } from '../../src/inspection.ts';
import type { Log } from '../../src/log.ts';
import { type Metrics, openMetrics } from '../../src/metrics.ts';
import { bindListener } from '../../src/server/listener.ts';
import { chosenLanes } from './chosen-lanes.ts';

interface LogLine {
  readonly level: keyof Log;
  readonly fields: Record<string, unknown>;
  readonly message: string;
}

export interface TestAgent {
  readonly agent: Agent;
  readonly port: number;
  readonly url: string; // http://127.0.0.1:PORT
  readonly metrics: Metrics;
  readonly logged: readonly LogLine[];
}

/** `flags` as on the command line; port and operator's port are free ones, the drain is quick unless flags say otherwise. */
export function startTestAgent(
  upstreamPort: number,
  flags: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<TestAgent> {
  return startConfigured(testConfig(upstreamPort, flags, env));
}

/** For tests that change what no flag says. */
export function testConfig(
  upstreamPort: number,
  flags: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Config {
  const base = ['--host', '127.0.0.1', '--port', '0', '--metrics-host', '127.0.0.1', '--metrics-port', '0'];
  const drain = ['--drain-min-wait', '0s', '--drain-quiet-period', '50ms', '--drain-max-wait', '5s'];
  const runtime = ['--component-port', String(upstreamPort)];
  return readConfig({ argv: [...base, ...drain, ...runtime, ...flags], env: { ...chosenLanes(), ...env } });
}

export async function startConfigured(config: Config, inspector?: Inspector): Promise<TestAgent> {
  const logged: LogLine[] = [];
  const write = (level: keyof Log) => (fields: object, message: string) => {
    logged.push({ level, fields: { ...fields }, message });
  };
  const log: Log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  const listener = await bindListener(config.listener);
  const metrics = openMetrics();
  const agent = await startAgent({ config, listener, log, metrics, inspector });
  onTestFinished(() => agent[Symbol.asyncDispose]());
  return { agent, port: agent.port, url: `http://127.0.0.1:${agent.port}`, metrics, logged };
}
