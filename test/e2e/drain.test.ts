// Does a client notice that the agent stops, other than by finding its port closed?
import { beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../support/random.ts';
import { seed } from '../support/seed.ts';
import { builtProgram } from './support/built-program.ts';
import { runDrainCycle } from './support/drain-cycle.ts';

describe(`SIGTERM under 50 keep-alive clients (TEST_SEED=${seed})`, () => {
  const random = seededRandom(seed);
  let program: string;

  beforeAll(async () => {
    program = await builtProgram();
  });

  it.each([
    [
      'whose load never stops',
      ['--drain-min-wait', '300ms', '--drain-quiet-period', '1s', '--drain-max-wait', '6s'],
      false,
    ],
    ['with a second SIGTERM, when no client was asked to leave before', ['--drain-min-wait', '20s'], true],
    ['with a second SIGTERM, when all were asked', ['--drain-min-wait', '0s'], true],
    // Once more: where other tests keep both cores busy, a request may cross the end of its idle connection, and TCP cannot refuse it.
  ] as const)('fails no request: %s', { retry: 1 }, async (_, flags, hurried) => {
    const { failures, turnedAway, ending, answered } = await runDrainCycle({
      program,
      clients: 50,
      flags,
      random,
      hurried,
    });
    expect(failures).toEqual([]);
    expect({ turnedAway, ending }).toEqual({ turnedAway: 50, ending: { exitCode: 0, signal: null } });
    expect(answered).toBeGreaterThan(50);
  });
});
