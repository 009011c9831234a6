// The log tells what the runtime does, and is not flooded by one that flaps.
import { expect, it } from 'vitest';
import { UpAndDown } from '../../../src/puller/runtime/up-and-down.ts';

function words(): { readonly words: UpAndDown; readonly lines: string[] } {
  const lines: string[] = [];
  const line = (level: string) => (fields: object) => void lines.push(`${level} ${JSON.stringify(fields)}`);
  const log = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
  return { words: new UpAndDown(log), lines };
}

it('each change is told once, going as a warning', () => {
  const { words: log, lines } = words();
  for (const [nth, isUp] of [false, false, true, true, false, true].entries()) log.look(isUp, nth * 1000);
  expect(lines).toEqual(['info', 'info', 'warn', 'info'].map((level) => `${level} {"changes":1}`));
});

it('a runtime that flaps five times a second for an hour costs a few lines a minute', () => {
  const { words: log, lines } = words();
  for (let nowMs = 0; nowMs < 3_600_000; nowMs += 100) log.look((nowMs / 100) % 2 === 0, nowMs);
  expect(lines.length).toBeGreaterThan(60);
  expect(lines.length).toBeLessThanOrEqual(6 * 61);
});

it('what was held back is told when it still holds, with the number of changes', () => {
  const { words: log, lines } = words();
  for (let nth = 0; nth < 20; nth++) log.look(nth % 2 === 0, nth * 200);
  expect(lines.length).toBe(6);
  log.look(true, 10_000);
  log.look(true, 61_000);
  expect(lines.slice(6)).toEqual(['info {"changes":15}']);
});
