// What an advisory check needs: one exchange with an agent that must still be alive afterwards, and a look at the source.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect } from 'vitest';
import { rawClient } from '../../support/raw-client.ts';
import { answering, rawRuntime } from '../../support/raw-runtime.ts';
import { readSentRequests, type SentRequest } from '../../support/strict-request.ts';
import { startTestAgent } from '../../support/test-agent.ts';

export interface Seen {
  readonly answer: string;
  /** All bytes that reached the runtime, also those of HTTP/2. */
  readonly received: string;
  /** HTTP/1.1 requests that reached the runtime, strictly parsed. */
  readonly sent: readonly SentRequest[];
}

const alive = 'GET /alive HTTP/1.1\r\nHost: a\r\n\r\n';

/** Sends the bytes, waits for an answer or the end of the connection, then makes sure that the agent serves others. */
export async function exchange(bytes: string | Uint8Array, answerHead = '', body = 'fine'): Promise<Seen> {
  const runtime = await rawRuntime(answering(body, answerHead));
  const agent = await startTestAgent(runtime.port);
  const client = await rawClient(agent.port);
  client.send(bytes);
  const answer = await client.until((text) => /\r\n\r\n[\s\S]/.test(text) || client.ended());
  const next = await rawClient(agent.port);
  next.send(alive);
  await next.until((text) => text.startsWith('HTTP/1.1 200 '));
  return {
    answer,
    received: runtime.received(),
    get sent() {
      const all = runtime.connections.flatMap((connection) => readSentRequests(connection.received()));
      return all.filter(({ target }) => target !== '/alive');
    },
  };
}

export async function expectRefused(bytes: string): Promise<void> {
  const { answer, sent } = await exchange(bytes);
  expect(answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*\r\nConnection: close\r\n/);
  expect(sent.filter(({ complete }) => complete)).toEqual([]);
}

/** The request as it reached the runtime, which answered it. */
export async function expectPasses(bytes: string): Promise<SentRequest> {
  const { answer, sent } = await exchange(bytes);
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(sent).toHaveLength(1);
  return sent[0] as SentRequest;
}

/** Files of src/ that match. */
export function sourcesWith(pattern: RegExp): string[] {
  const root = join(import.meta.dirname, '../../../src');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  return files.filter((file) => pattern.test(readFileSync(join(root, file), 'utf8')));
}

export function installedVersion(name: string): string {
  const path = createRequire(import.meta.url).resolve(`${name}/package.json`);
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}

/** Names of all packages that the lockfile installs. */
export function lockedPackages(): string[] {
  const lock = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package-lock.json'), 'utf8')) as {
    packages: Record<string, unknown>;
  };
  return Object.keys(lock.packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 13));
}

/** `version` is at least the floor of its own major line; majors that have no floor here must be newer than all of them. */
export function expectAtLeast(version: string, floors: readonly string[]): void {
  const parts = (text: string) => text.replace(/^v/, '').split('.').map(Number) as [number, number, number];
  const [major, minor, patch] = parts(version);
  const floor = floors.map(parts).find(([line]) => line === major);
  if (floor === undefined) expect(major).toBeGreaterThan(Math.max(...floors.map((one) => parts(one)[0])));
  else
    expect(minor * 1e6 + patch, `${version} against ${floor.join('.')}`).toBeGreaterThanOrEqual(
      floor[1] * 1e6 + floor[2],
    );
}
