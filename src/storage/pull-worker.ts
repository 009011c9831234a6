// The thread of pulls: everything that costs time stays away from the request path, at a lower priority if there is one.
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { OutriggerError } from '../errors.ts';
import { startProgress } from './download/progress.ts';
import { lookAtModel } from './look.ts';
import { pullModel } from './pull.ts';
import { PullGround } from './pull-ground.ts';
import type { PullJob, PullResult } from './pull-job.ts';
import type { FromPullWorker, PullWorkerSettings, ToPullWorker } from './pull-messages.ts';

/** How often the owner hears how far a pull is. */
const progressMs = 100;
if (parentPort === null) throw new Error('pull-worker: to be started as a thread');
const owner = parentPort;
const ground = new PullGround();
const running = new Map<number, AbortController>();

try {
  const { niceness } = workerData as PullWorkerSettings;
  if (niceness > 0) setPriority(0, niceness); // on Linux of the calling thread alone
} catch {
  // A system that does not let us be modest: everything works, only less politely.
}

owner.on('message', (message: ToPullWorker) => {
  if (message.kind === 'cancel') running.get(message.id)?.abort();
  else void answer(message);
});

/** The last word on it, whatever happens. */
async function answer({ kind, id, job }: Extract<ToPullWorker, { job: PullJob }>): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  const { signal } = controller;
  try {
    if (kind === 'look') tell({ kind: 'looked', id, change: await lookAtModel(job, { signal, ground }) });
    else tell({ kind: 'pulled', id, result: await pull(id, job, signal) });
  } catch (error) {
    tell({ kind: 'failed', id, ...reasonOf(error) });
  } finally {
    running.delete(id);
  }
}

async function pull(id: number, job: PullJob, signal: AbortSignal): Promise<PullResult> {
  const progress = startProgress();
  const tellProgress = (): void => tell({ kind: 'progress', id, progress });
  const timer = setInterval(tellProgress, progressMs);
  try {
    return await pullModel(job, { signal, progress, ground });
  } finally {
    clearInterval(timer);
    tellProgress();
  }
}

function reasonOf(error: unknown) {
  if (error instanceof OutriggerError) return { code: error.code, message: error.message };
  return { code: null, message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

function tell(message: FromPullWorker): void {
  owner.postMessage(message);
}
