// What stands between the clients and a runtime: the built agent as a process, or nothing (the control of the suite itself).
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../support/free-ports.ts';
import { Program } from './program.ts';
import type { Runtime } from './runtimes.ts';

const AGENT = join(import.meta.dirname, '..', '..', 'dist', 'outrigger.cjs');
const START_LIMIT_MS = 20_000;

export type Through = 'agent' | 'nothing';

export const lanesSettings = ['auto', 'off'] as const;
export type LanesSetting = (typeof lanesSettings)[number];

/** Where a client calls. */
export interface Target {
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly direct: boolean;
}

export interface Agent {
  readonly target: Target;
  readonly metricsPort: number;
  readonly program: Program;
}

export function directTarget(runtime: Runtime): Target {
  return { httpPort: runtime.httpPort, grpcPort: runtime.grpcPort, direct: true };
}

/** @throws where it is not built */
export function builtAgent(): string {
  if (!existsSync(AGENT)) throw new Error(`${AGENT} does not exist: run \`npm run build\` first`);
  return AGENT;
}

export interface AgentOptions {
  readonly lanes: LanesSetting;
  /** Of its log. */
  readonly name: string;
  readonly folder: string;
}

/** Starts the agent as a sidecar is started, with one port for REST and gRPC. */
export async function startAgent(runtime: Runtime, { lanes, name, folder }: AgentOptions): Promise<Agent> {
  const agent = builtAgent();
  const [port, metricsPort] = (await freePorts(2)) as [number, number];
  const program = new Program({
    name,
    command: process.execPath,
    args: [
      ...[agent, '--port', String(port), '--metrics-port', String(metricsPort), '--lanes', lanes],
      ...['--component-port', String(runtime.httpPort), '--component-grpc-port', String(runtime.grpcPort)],
    ],
    logFolder: folder,
  });
  await program.ready(`http://127.0.0.1:${port}/v2/health/ready`, START_LIMIT_MS);
  return { target: { httpPort: port, grpcPort: port, direct: false }, metricsPort, program };
}
