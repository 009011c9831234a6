import { describe, expect, it } from 'vitest';
import { type Check, ok } from '../../src/doctor/finding.ts';
import { runChecks } from '../../src/doctor/run-checks.ts';

const group = 'G';
const never: Check = { group, subject: 'the slow one', run: () => new Promise(() => undefined) };
const fails: Check = { group, subject: 'it', run: async () => Promise.reject(new Error('no')) };
const fine: Check = { group, subject: 'it', run: async () => [ok('fine')] };

describe('checks', () => {
  it('are told in their order, and one that hangs or fails holds up no other', async () => {
    const groups = await runChecks([never, fails, fine], { deadlineMs: 50 });
    expect(groups.map(({ findings }) => findings[0]?.level)).toEqual(['problem', 'problem', 'ok']);
    expect(groups[0]?.findings[0]?.text).toBe('the slow one: no result within 0.05 s');
  });

  it('are told when their time is up', async () => {
    const told = Promise.withResolvers<boolean>();
    const run = async (signal: AbortSignal) => {
      signal.addEventListener('abort', () => told.resolve(true));
      return new Promise<never>(() => undefined);
    };
    await runChecks([{ group, subject: 'it', run }], { deadlineMs: 20 });
    expect(await told.promise).toBe(true);
  });
});
