// What the thread of pulls and its owner tell each other.
import type { ErrorCode } from '../errors.ts';
import type { PullProgress } from './download/progress.ts';
import type { ModelChange } from './look.ts';
import type { PullJob, PullResult } from './pull-job.ts';

export interface PullWorkerSettings {
  /** 0 = as the process, 19 = after everybody else. */
  readonly niceness: number;
}

export type ToPullWorker =
  | { readonly kind: 'pull' | 'look'; readonly id: number; readonly job: PullJob }
  | { readonly kind: 'cancel'; readonly id: number };

export type FromPullWorker =
  | { readonly kind: 'progress'; readonly id: number; readonly progress: PullProgress }
  | { readonly kind: 'pulled'; readonly id: number; readonly result: PullResult }
  | { readonly kind: 'looked'; readonly id: number; readonly change: ModelChange }
  /** An error's class does not travel: its code and words do. Null: a fault of our own. */
  | { readonly kind: 'failed'; readonly id: number; readonly code: ErrorCode | null; readonly message: string };
