// Connections kept between pulls, as the servers count them.
import { describe, expect, it } from 'vitest';
import { LanePool, type LanePoolOptions, type ReusableLane } from '../../../src/storage/http/lane-pool.ts';
import type { Reach } from '../../../src/storage/object-store.ts';
import { eventually } from '../../support/eventually.ts';
import { exchange, get, openClient } from './exchanges.ts';
import { type Script, ScriptedStore } from './scripted-store.ts';

const answer: Script = (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello');

function openPool(options: Partial<LanePoolOptions> = {}): LanePool {
  const client = openClient();
  const openLane = (reach: Reach) => client.openLane(reach) as ReusableLane;
  return new LanePool({ openLane, idleMs: 60_000, maxIdle: 8, ...options });
}

async function ask(pool: LanePool, { port }: ScriptedStore, reach: Reach = 'anywhere'): Promise<string> {
  const lane = pool.openLane(reach);
  try {
    const { body, failure } = await exchange(lane, get(new URL(`http://127.0.0.1:${port}/`)));
    return failure?.kind ?? body.toString();
  } finally {
    lane.close();
  }
}

describe('pooled lanes', () => {
  it('go on with the connection that the last user left', async () => {
    await using store = await ScriptedStore.open(answer);
    await using pool = openPool();
    for (let nth = 0; nth < 3; nth++) expect(await ask(pool, store)).toBe('hello');
    expect(store.connections).toBe(1);
  });

  it('have a connection for each host', async () => {
    await using one = await ScriptedStore.open(answer);
    await using other = await ScriptedStore.open(answer);
    await using pool = openPool();
    for (const store of [one, other, one, other]) expect(await ask(pool, store)).toBe('hello');
    expect([one.connections, other.connections]).toEqual([1, 1]);
  });

  it('of who may go anywhere are never given to who may reach public hosts alone', async () => {
    await using store = await ScriptedStore.open(answer);
    await using pool = openPool();
    expect(await ask(pool, store)).toBe('hello');
    expect(await ask(pool, store, 'public')).toBe('refused');
  });

  it('that are busy when they are closed, are closed', async () => {
    await using store = await ScriptedStore.open((socket) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'),
    );
    await using pool = openPool();
    const lane = pool.openLane('anywhere');
    const asked = exchange(lane, get(new URL(`http://127.0.0.1:${store.port}/`)));
    await eventually('it is asked', () => store.asked.length === 1);
    lane.close();
    expect((await asked).failure?.kind).toBe('broken');
    await eventually('all are closed', () => store.sockets.size === 0);
  });

  it('are closed after a while, when there are too many, and with the pool', async () => {
    await using store = await ScriptedStore.open(answer);
    await using brief = openPool({ idleMs: 10 });
    await using none = openPool({ maxIdle: 0 });
    const pool = openPool();
    for (const each of [brief, none, pool]) expect(await ask(each, store)).toBe('hello');
    await eventually('two are closed', () => store.sockets.size === 1);
    await pool[Symbol.asyncDispose]();
    await eventually('all are closed', () => store.sockets.size === 0);
  });
});
