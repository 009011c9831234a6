// Which signals stop the agent, and what do the further ones do?
import { afterEach, expect, it } from 'vitest';
import { ProcessEvents } from '../../src/commands/process-events.ts';

const opened: ProcessEvents[] = [];

function open() {
  const events = new ProcessEvents();
  opened.push(events);
  const state = { stopped: false, further: 0 };
  void events.stop.then(() => {
    state.stopped = true;
  });
  return { events, state, settle: () => new Promise(setImmediate) };
}

afterEach(async () => {
  for (const events of opened.splice(0)) await events[Symbol.asyncDispose]();
});

it.each(['SIGTERM', 'SIGINT'] as const)('%s stops it once, every further signal hurries', async (signal) => {
  const { events, state, settle } = open();
  events.onFurther(() => {
    state.further += 1;
  });
  process.emit(signal);
  await settle();
  expect(state).toEqual({ stopped: true, further: 0 });
  process.emit('SIGTERM');
  process.emit('SIGINT');
  expect(state.further).toBe(2);
  expect(events.failed).toBe(false);
});

it('a second signal that comes before anybody can hurry is not lost', () => {
  const { events, state } = open();
  process.emit('SIGTERM');
  process.emit('SIGTERM');
  events.onFurther(() => {
    state.further += 1;
  });
  expect(state.further).toBe(1);
});

it('SIGHUP is nothing', async () => {
  const { state, settle } = open();
  process.emit('SIGHUP');
  await settle();
  expect(state.stopped).toBe(false);
});

it('leaves no listener behind', async () => {
  const before = process.listenerCount('SIGTERM');
  const { events } = open();
  expect(process.listenerCount('SIGTERM')).toBe(before + 1);
  await events[Symbol.asyncDispose]();
  expect(process.listenerCount('SIGTERM')).toBe(before);
});
