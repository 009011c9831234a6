// How far a pull is, for whoever wants to show it. Only what is begun anew makes a figure of bytes smaller.

export interface PullProgress {
  /** More may come. */
  listing: boolean;
  listedFiles: number;
  /** Of the files whose size is known: some are known when they are there. */
  listedBytes: number;
  doneFiles: number;
  /** On disk, those of earlier pulls included. */
  doneBytes: number;
  /** Of them, those that earlier pulls had brought. */
  keptBytes: number;
  /** That came over the wire, those that had to be thrown away included. */
  fetchedBytes: number;
  retries: number;
  /** Of the attempt that failed last; for people, without secrets. Null: none has. */
  lastFailure: string | null;
  /** Files begun anew, since they changed or came wrong. */
  restarts: number;
  /** Of an archive's members, written so far. */
  unpackedBytes: number;
  /** Right now. */
  connections: number;
  phase: 'fetching' | 'unpacking' | 'publishing';
}

export function startProgress(): PullProgress {
  return {
    listing: true,
    listedFiles: 0,
    listedBytes: 0,
    doneFiles: 0,
    doneBytes: 0,
    keptBytes: 0,
    fetchedBytes: 0,
    retries: 0,
    lastFailure: null,
    restarts: 0,
    unpackedBytes: 0,
    connections: 0,
    phase: 'fetching',
  };
}

/** An attempt failed, and another one follows. */
export function noteSetback(progress: PullProgress, reason: string): void {
  progress.retries += 1;
  progress.lastFailure = reason;
}
