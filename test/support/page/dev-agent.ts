// `outrigger dev` with its embedded model, for a browser to look at, and requests of several kinds for it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentProcess } from '../../e2e/support/agent-process.ts';
import { eventually } from '../eventually.ts';
import { freePort } from '../free-ports.ts';

export interface DevAgent extends AsyncDisposable {
  readonly agentUrl: string;
  readonly opsUrl: string;
  readonly sinkUrl: string;
  /** 5,000 requests, 32 at once: a line for a shell. */
  readonly loadCommand: string;
}

const startLimitMs = 60_000;

export async function startDevAgent(program: string): Promise<DevAgent> {
  const folder = mkdtempSync(join(tmpdir(), 'outrigger-page-'));
  const opsPort = await freePort(); // 0 does without
  const args = ['dev', '--port', '0', '--metrics-port', String(opsPort)];
  const agent = new AgentProcess({ program, args, env: { TMPDIR: folder } });
  void agent.ended.finally(() => rmSync(folder, { recursive: true, force: true }));
  await eventually('dev greets', () => agent.stdout.includes('Ctrl-C stops it.'), { deadlineMs: startLimitMs });
  const told = (pattern: RegExp) => pattern.exec(agent.stdout)?.[1] ?? '';
  return {
    agentUrl: told(/Outrigger is at (\S+)/),
    opsUrl: `http://127.0.0.1:${opsPort}/`,
    sinkUrl: told(/as events at (\S+)/),
    loadCommand: told(/^(curl -sSZ .*)$/m),
    [Symbol.asyncDispose]: () => agent[Symbol.asyncDispose](),
  };
}

const pixels = Array.from({ length: 64 }, (_, at) => (at * 7) % 17);

/** `pixels` as a JSON request of V2 for the model that dev brings. */
export function jsonBody(id: string): string {
  return JSON.stringify({ id, inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 64], data: pixels }] });
}

/** The same with its tensor in binary. */
export function binaryBody(): { body: Buffer<ArrayBuffer>; headers: Record<string, string> } {
  const inputs = [{ name: 'x', datatype: 'FP32', shape: [1, 64], parameters: { binary_data_size: 256 } }];
  const head = Buffer.from(JSON.stringify({ inputs }));
  const body = Buffer.concat([head, Buffer.from(Float32Array.from(pixels).buffer)]);
  return {
    body,
    headers: {
      'Content-Type': 'application/octet-stream',
      'Inference-Header-Content-Length': String(head.length),
    },
  };
}

export interface Sent {
  readonly path?: string;
  readonly body?: string | Buffer<ArrayBuffer>;
  readonly headers?: Record<string, string>;
}

/** Its status, after the whole answer. */
export async function send(agentUrl: string, { path, body, headers }: Sent = {}): Promise<number> {
  const response = await fetch(new URL(path ?? '/v2/models/digits/infer', agentUrl), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: body ?? jsonBody('from-the-test'),
  });
  await response.arrayBuffer();
  return response.status;
}

/** Several at once, so that they share calls. */
export async function sendTogether(agentUrl: string, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, at) => send(agentUrl, { body: jsonBody(`r-${at}`) })));
}
