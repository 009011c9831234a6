// What is done after an attempt that failed: wait and go on, renew what expired, begin the file anew, or give up with a reason.
import { setTimeout as sleep } from 'node:timers/promises';
import type { TransferConfig } from '../../config/storage-config.ts';
import { OutriggerError } from '../../errors.ts';
import { asFolderFailure } from '../folder/folder-failure.ts';
import type { RemoteStore, StoredObject } from '../object-store.ts';
import { backoffMs, judge, lastWord, type Setback } from './attempt-verdict.ts';
import type { FileDownload } from './file-download.ts';
import type { Part } from './part.ts';
import type { PullProgress } from './progress.ts';

/** A credential that was renewed so often in a row is not wanted. */
const maxRenewals = 3;
/** An object that changes faster than it can be fetched. */
const maxChanges = 5;

export interface RecoveryParts {
  readonly store: RemoteStore;
  readonly transfer: TransferConfig;
  readonly progress: PullProgress;
  readonly signal: AbortSignal;
  readonly requeue: (parts: readonly Part[]) => void;
  readonly slowDown: () => void;
  readonly random?: () => number;
}

/** How often in a row an exchange failed; whoever makes attempts keeps it. */
export interface Failures {
  failures: number;
  renewals: number;
}

export class Recovery {
  readonly #parts: RecoveryParts;

  constructor(parts: RecoveryParts) {
    this.#parts = parts;
  }

  /** Resolves when the next attempt may begin, or the part is stale. @throws OutriggerError when none would help */
  async after(setback: Setback, { part, from }: { readonly part: Part; readonly from: number }): Promise<void> {
    const { file } = part;
    if (part.stale) return;
    if (part.next > from && !file.whole) {
      part.failures = 0;
      part.renewals = 0;
    }
    const cause = setback.kind === 'failure' && setback.failure.kind === 'receiver' ? setback.failure.cause : null;
    if (cause !== null) throw asFolderFailure(cause, file.staged.path);
    const verdict = judge(setback);
    if (verdict.kind === 'look') return this.#lookAgain(file, { part, setback });
    if (verdict.kind === 'whole') return this.startOver(file, { ...file.object, ranges: false });
    if (file.whole) this.#forget(part);
    await this.pause(setback, { counts: part, object: file.object });
  }

  /** A stream without ranges is begun anew: what it brought is not progress. */
  #forget(part: Part): void {
    this.#parts.progress.doneBytes -= part.file.writtenBytes;
    part.file.writtenBytes = 0;
    part.rewind();
  }

  /** Waits as the store wants, or as backoff says. @throws OutriggerError when it was the last attempt */
  async pause(
    setback: Setback,
    { counts, object }: { readonly counts: Failures; readonly object: StoredObject },
  ): Promise<void> {
    const { store, transfer, progress, slowDown } = this.#parts;
    const verdict = judge(setback);
    progress.retries += 1;
    if (verdict.kind === 'final') throw failed(object, verdict);
    if (verdict.kind === 'renew') {
      counts.renewals += 1;
      if (counts.renewals > maxRenewals || !store.renew(object)) throw failed(object, lastWord(setback));
      return;
    }
    counts.failures += 1;
    if (counts.failures >= transfer.maxAttempts) throw failed(object, lastWord(setback));
    const { afterMs = null, slowDown: busy = false } = verdict.kind === 'retry' ? verdict : {};
    if (busy) slowDown();
    await this.#wait(Math.min(transfer.maxBackoffMs, afterMs ?? this.#backoffMs(counts.failures)));
  }

  #backoffMs(failures: number): number {
    return backoffMs(failures, this.#parts.transfer.maxBackoffMs, this.#parts.random ?? Math.random);
  }

  async #wait(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#parts.signal }).catch(() => undefined); // ended: whoever ended it says why
  }

  async #lookAgain(file: FileDownload, { part, setback }: { readonly part: Part; readonly setback: Setback }) {
    const { store, signal } = this.#parts;
    const now = await store.look(file.object.key, signal);
    if (part.stale) return; // another connection saw it, too
    if (now === null)
      throw new OutriggerError('MODEL_NOT_FOUND', `${file.object.key}: it is gone, deleted during the pull`);
    file.changes += 1;
    if (file.changes > maxChanges) throw failed(file.object, { ...lastWord(setback), code: 'OBJECT_CHANGED' });
    await this.#wait(file.changes === 1 ? 0 : this.#backoffMs(file.changes));
    if (!part.stale) this.startOver(file, now);
  }

  /** From nothing; what was there counts no more. */
  startOver(file: FileDownload, object: StoredObject): void {
    const { progress, requeue } = this.#parts;
    progress.restarts += 1;
    progress.listedBytes += (object.bytes ?? 0) - (file.object.bytes ?? 0);
    progress.doneBytes -= file.writtenBytes;
    requeue(file.restart(object));
  }
}

function failed(
  object: StoredObject,
  { code, text }: { readonly code: OutriggerError['code']; readonly text: string },
) {
  return new OutriggerError(code, `${object.key}: ${text}`);
}
