import { expect, it, onTestFinished } from 'vitest';
import { readConfig } from '../../src/config/read.ts';
import { openMetrics } from '../../src/metrics.ts';
import { Http1Connection } from '../../src/upstream/http1-connection.ts';
import { ConnectionPool } from '../../src/upstream/http1-pool.ts';
import { Reachability } from '../../src/upstream/reachability.ts';
import { rawClient } from '../support/raw-client.ts';
import { infer, ok, scriptedRuntime } from '../support/scripted-runtime.ts';
import { startTestAgent } from '../support/test-agent.ts';

function openPool(flags: readonly string[] = []): ConnectionPool<Http1Connection> {
  const { upstream } = readConfig({ argv: flags, env: {} });
  const pool = new ConnectionPool<Http1Connection>({
    config: upstream,
    metrics: openMetrics(),
    reachability: new Reachability(),
    open: (events) => new Http1Connection(upstream, events),
  });
  onTestFinished(() => pool[Symbol.asyncDispose]());
  return pool;
}

/** Collects the connections that it is handed. */
function user() {
  const connections: Http1Connection[] = [];
  return { connections, use: (connection: Http1Connection) => void connections.push(connection) };
}

it('the connection used last is used next', () => {
  const pool = openPool();
  const [one, two, three] = [user(), user(), user()];
  pool.acquire(one);
  pool.acquire(two);
  const [first, second] = [one.connections[0] as Http1Connection, two.connections[0] as Http1Connection];
  expect(first).not.toBe(second);
  pool.release(first);
  pool.release(second);
  pool.acquire(three);
  expect(three.connections).toEqual([second]);
});

it('beyond maxConnections users wait in order of arrival, and beyond ten times as many they are refused', () => {
  const pool = openPool(['--upstream-max-connections', '1']);
  const holder = user();
  pool.acquire(holder);
  const waiting = Array.from({ length: 10 }, user);
  for (const each of waiting) pool.acquire(each);
  expect(() => pool.acquire(user())).toThrow(expect.objectContaining({ code: 'OVERLOADED' }));
  const connection = holder.connections[0] as Http1Connection;
  for (const each of waiting) {
    expect(each.connections).toEqual([]);
    pool.release(connection);
    expect(each.connections).toEqual([connection]);
  }
});

it('who gives up waiting is passed over and makes room', () => {
  const pool = openPool(['--upstream-max-connections', '1']);
  const [holder, leaver, next] = [user(), user(), user()];
  pool.acquire(holder);
  pool.acquire(leaver);
  pool.acquire(next);
  expect(pool.abandon(leaver)).toBe(true);
  expect(pool.abandon(leaver)).toBe(false);
  pool.release(holder.connections[0] as Http1Connection);
  expect(leaver.connections).toEqual([]);
  expect(next.connections).toHaveLength(1);
});

it('a discarded connection never comes back, and who waits gets a new one in its place', () => {
  const pool = openPool(['--upstream-max-connections', '1']);
  const [holder, next] = [user(), user()];
  pool.acquire(holder);
  pool.acquire(next);
  const dead = holder.connections[0] as Http1Connection;
  pool.discard(dead);
  expect(next.connections).toHaveLength(1);
  expect(next.connections[0]).not.toBe(dead);
  pool.release(dead);
  const third = user();
  pool.acquire(third);
  expect(third.connections).toEqual([]); // the bound holds
});

it('a replaced connection stays within the bound', () => {
  const pool = openPool(['--upstream-max-connections', '1']);
  const [holder, next] = [user(), user()];
  pool.acquire(holder);
  pool.acquire(next);
  const again = pool.replace(holder.connections[0] as Http1Connection) as Http1Connection;
  expect(next.connections).toEqual([]);
  pool.release(again);
  expect(next.connections).toEqual([again]);
});

it('a closed pool hands out nothing', async () => {
  const pool = openPool();
  const holder = user();
  pool.acquire(holder);
  await pool[Symbol.asyncDispose]();
  expect(() => pool.acquire(user())).toThrow(expect.objectContaining({ code: 'SHUTTING_DOWN' }));
  expect(pool.replace(holder.connections[0] as Http1Connection)).toBeNull();
});

it('an idle connection is closed after --upstream-idle-timeout', async () => {
  const runtime = await scriptedRuntime((socket) => socket.write(ok('{}')));
  const agent = await startTestAgent(runtime.port, ['--upstream-idle-timeout', '300ms']);
  const client = await rawClient(agent.port);
  client.send(infer());
  await client.until((all) => all.endsWith('{}'));
  await expect.poll(() => runtime.connections[0]?.ended()).toBe(true);
});

it('a Keep-Alive hint of the runtime shortens the idle time', async () => {
  const runtime = await scriptedRuntime((socket) => socket.write(ok('{}', 'Keep-Alive: timeout=1\r\n')));
  const agent = await startTestAgent(runtime.port, ['--upstream-idle-timeout', '60s']);
  const client = await rawClient(agent.port);
  client.send(infer());
  await client.until((all) => all.endsWith('{}'));
  await expect.poll(() => runtime.connections[0]?.ended()).toBe(true);
});

it('many clients share a fixed number of connections', async () => {
  const runtime = await scriptedRuntime((socket) => setImmediate(() => socket.write(ok('{}'))));
  const agent = await startTestAgent(runtime.port, ['--upstream-max-connections', '3']);
  const clients = await Promise.all(Array.from({ length: 30 }, () => rawClient(agent.port)));
  for (const client of clients) client.send(infer());
  await Promise.all(clients.map((client) => client.until((all) => all.endsWith('{}'))));
  expect(runtime.connections).toHaveLength(3);
});

it('more requests than connections and their queue are refused with 503 and Retry-After', async () => {
  const runtime = await scriptedRuntime(() => undefined);
  const agent = await startTestAgent(runtime.port, ['--upstream-max-connections', '1']);
  const clients = await Promise.all(Array.from({ length: 12 }, () => rawClient(agent.port)));
  for (const client of clients) client.send(infer());
  const refused = await Promise.any(clients.map((client) => client.until((all) => all.includes('\r\n\r\n'))));
  expect(refused).toMatch(/^HTTP\/1.1 503 /);
  expect(refused).toContain('Retry-After: 1\r\n');
});
