// What somebody wants to be pulled, and what came of it: plain values that travel to the thread of pulls and back.
import type { PullLimits, PullPatterns, StorageConfig } from '../config/storage-config.ts';
import type { PullProgress } from './download/progress.ts';
import type { PullGround } from './pull-ground.ts';

export interface PullJob {
  readonly uri: string;
  /** Folder that gets the files; made when it is not there. */
  readonly target: string;
  /** What the marker is for; null: the URI alone. Without secrets. */
  readonly spec: Readonly<Record<string, unknown>> | null;
  readonly config: StorageConfig;
  readonly patterns: PullPatterns;
  readonly limits: PullLimits;
}

export interface PullResult {
  /** In the target folder, of this model. */
  readonly files: number;
  readonly bytes: number;
  /** Over the wire; 0: everything was here already. */
  readonly fetchedBytes: number;
  readonly retries: number;
  /** Files begun anew, since they changed or came wrong. */
  readonly restarts: number;
}

export interface PullHooks {
  readonly signal: AbortSignal;
  /** The one object is kept up to date; read it whenever you like. */
  readonly progress: PullProgress;
  /** Shared with other pulls; default: its own. */
  readonly ground?: PullGround;
}
