// The thread of pulls: everything that costs time stays away from the request path, at a lower priority if there is one.
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { OutriggerError } from '../errors.ts';
import { type PullProgress, startProgress } from './download/progress.ts';
import { pullModel } from './pull.ts';
import type { PullJob } from './pull-job.ts';
import type { FromPullWorker, PullWorkerSettings, ToPullWorker } from './pull-messages.ts';

/** How often the owner hears how far a pull is. */
const progressMs = 100;
if (parentPort === null) throw new Error('pull-worker: to be started as a thread');
const owner = parentPort;
const running = new Map<number, AbortController>();

try {
  const { niceness } = workerData as PullWorkerSettings;
  if (niceness > 0) setPriority(0, niceness); // on Linux of the calling thread alone
} catch {
  // A system that does not let us be modest: everything works, only less politely.
}

owner.on('message', (message: ToPullWorker) => {
  if (message.kind === 'cancel') running.get(message.id)?.abort();
  else void run(message.id, message.job);
});

async function run(id: number, job: PullJob): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  const progress = startProgress();
  const timer = setInterval(() => tell({ kind: 'progress', id, progress }), progressMs);
  try {
    const result = await pullModel(job, { signal: controller.signal, progress });
    tellLast(id, progress);
    tell({ kind: 'pulled', id, result });
  } catch (error) {
    tellLast(id, progress);
    tell({ kind: 'failed', id, ...reasonOf(error) });
  } finally {
    clearInterval(timer);
    running.delete(id);
  }
}

function tellLast(id: number, progress: PullProgress): void {
  tell({ kind: 'progress', id, progress });
}

function reasonOf(error: unknown) {
  if (error instanceof OutriggerError) return { code: error.code, message: error.message };
  return { code: null, message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

function tell(message: FromPullWorker): void {
  owner.postMessage(message);
}
