// Whoever dies at whatever byte: nobody hangs, nothing is left of it, and no other client gets a byte that is not its own.
import { expect, it } from 'vitest';
import type { SocketWay } from '../../src/lanes/socket/accept-socket.ts';
import { grpcGround, http1Ground } from '../kill/grounds.ts';
import { type Ground, type KillReport, runKills } from '../kill/run.ts';
import { seed } from '../support/seed.ts';

/** Some of all places (the others: test/full/lanes-kill.ts), with bystanders. */
function someDeaths<Case>(way: SocketWay, rounds: number, ground: Ground<Case>): Promise<KillReport> {
  return runKills({ way, seed, rounds, slots: 6, bystanders: 2, patienceMs: 10_000 }, ground);
}

it.each<SocketWay>(['swap', 'public'])('HTTP/1.1, read by %s: 50 deaths in answers and requests', async (way) => {
  const { problems, echoes, stale } = await someDeaths(way, 50, http1Ground());
  expect(problems).toEqual([]);
  expect(echoes - stale).toBeGreaterThan(0);
});

it.each<SocketWay>(['swap', 'public'])('gRPC, read by %s: 80 deaths in answers and requests', async (way) => {
  const { problems, echoes } = await someDeaths(way, 80, grpcGround());
  expect(problems).toEqual([]);
  expect(echoes).toBeGreaterThan(0);
});
