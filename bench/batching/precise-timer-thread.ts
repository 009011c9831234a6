// The thread of one precise timer: sleeps on a futex, whose resolution is 60 us where that of setTimeout is 1 ms.

import { parentPort, workerData } from 'node:worker_threads';
import { DURATION, FLAG, IDLE, type TimerMemory, views } from './precise-timer.ts';

const NEVER_CHANGED = 1; // index in the flags
const { flags, durations } = views(workerData as TimerMemory);
for (;;) {
  Atomics.wait(flags, FLAG, IDLE);
  Atomics.wait(flags, NEVER_CHANGED, 0, durations[DURATION]);
  Atomics.store(flags, FLAG, IDLE);
  parentPort?.postMessage(null);
}
