// What the end-to-end tests have in common: an agent of the built program before a runtime that answers, and little clients.
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { rawClient } from '../../support/raw-client.ts';
import { answering, rawRuntime } from '../../support/raw-runtime.ts';
import { AgentProcess, type AgentProcessOptions } from './agent-process.ts';

export const local = ['--host', '127.0.0.1', '--port', '0', '--metrics-port', '0'];
export const quick = ['--drain-min-wait', '0s', '--drain-quiet-period', '0s'];
export const get = 'GET /v2 HTTP/1.1\r\nHost: h\r\n\r\n';
export const answered = (text: string): boolean => text.endsWith('{"ok":true}');

/** Ends with the test. */
export function start(options: AgentProcessOptions): AgentProcess {
  const agent = new AgentProcess(options);
  onTestFinished(() => agent[Symbol.asyncDispose]());
  return agent;
}

/** An agent that serves, before a runtime that answers everything. */
export async function serve(options: AgentProcessOptions, flags: readonly string[] = []) {
  const runtime = await rawRuntime(answering());
  const args = [...local, ...quick, '--component-port', String(runtime.port), ...flags];
  const agent = start({ ...options, args });
  return { agent, port: await agent.served(), runtime };
}

export async function expectAnswer(port: number): Promise<void> {
  const client = await rawClient(port);
  client.send(get);
  await client.until(answered);
}

/** A program that is the agent and has a fault of its own, a moment after it serves. */
export function withFault(fault: string, program: string): Promise<string> {
  return before(`setTimeout(() => { ${fault}; }, 1000).unref()`, program);
}

/** A program that does something of the test's own, then is the agent. */
export async function before(statement: string, program: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'outrigger-fault-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'faulty.cjs');
  await writeFile(file, `${statement};\nrequire(${JSON.stringify(program)});\n`);
  return file;
}

export async function statusOf(
  port: number,
  path: string,
  headers: Record<string, string> = {},
): Promise<number | undefined> {
  const call = request({ host: '127.0.0.1', port, path, headers, agent: false }).end();
  const [answer] = await once(call, 'response');
  answer.resume();
  return answer.statusCode;
}

/** Waits until somebody opens at the port. */
export async function connected(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const open = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (open) return;
  }
}
