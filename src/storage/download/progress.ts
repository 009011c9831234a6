// How far a pull is: counters that only grow, for whoever wants to show them.

export interface PullProgress {
  /** More may come. */
  listing: boolean;
  listedFiles: number;
  /** Of the files whose size is known. */
  listedBytes: number;
  doneFiles: number;
  /** On disk, those of earlier pulls included. */
  doneBytes: number;
  /** Of them, those that earlier pulls had brought. */
  keptBytes: number;
  /** That came over the wire, those that had to be thrown away included. */
  fetchedBytes: number;
  retries: number;
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
    restarts: 0,
    unpackedBytes: 0,
    connections: 0,
    phase: 'fetching',
  };
}
