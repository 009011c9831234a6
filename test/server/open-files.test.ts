import { expect, it } from 'vitest';
import { planMaxConnections, readMaxOpenFiles } from '../../src/server/open-files.ts';

it.each([
  [10_000, null, 10_000],
  [10_000, 1_048_576, 10_000],
  [10_000, 1_024, 492],
  [100, 1_024, 100],
  [10_000, 48, 4],
  [10_000, 20, 1],
])('%i connections are wanted, %j files may be open: %i', (wanted, limit, expected) => {
  expect(planMaxConnections(wanted, limit)).toBe(expected);
});

it('the limit of this process is a number on Linux', () => {
  const limit = readMaxOpenFiles();
  if (process.platform === 'linux') expect(limit).toBeGreaterThan(0);
  else expect(limit).toBeNull();
});
