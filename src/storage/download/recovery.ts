// What is done after an attempt that failed: wait and go on, renew what expired, begin the file anew, or give up with a reason.
import { setTimeout as sleep } from 'node:timers/promises';
import type { TransferConfig } from '../../config/storage-config.ts';
import { type ErrorCode, OutriggerError } from '../../errors.ts';
import { asFolderFailure } from '../folder/folder-failure.ts';
import { backoffMs } from '../http/retry-rules.ts';
import type { RemoteStore, StoredObject } from '../object-store.ts';
import { shownText } from '../uri/shown-text.ts';
import { judge, lastWord, type Setback } from './attempt-verdict.ts';
import type { FileDownload } from './file-download.ts';
import type { Part } from './part.ts';
import { noteSetback, type PullProgress } from './progress.ts';
import { whileWanted } from './while-wanted.ts';

/** A credential that was renewed so often in a row is not wanted. */
const maxRenewals = 3;
/** An object that changes faster than it can be fetched. */
const maxChanges = 5;

export interface RecoveryParts {
  /** Of the model, for messages: redacted. */
  readonly shownUri: string;
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
  readonly #looks = new Map<FileDownload, Promise<void>>();

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
    if (verdict.kind === 'look') return this.#lookTogether(file, setback);
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
    if (verdict.kind === 'final') throw this.failed(object, verdict);
    if (verdict.kind === 'renew') counts.renewals += 1;
    else counts.failures += 1;
    const hopeless =
      verdict.kind === 'renew'
        ? counts.renewals > maxRenewals || !store.renew(object)
        : counts.failures >= transfer.maxAttempts;
    if (hopeless) throw this.failed(object, lastWord(setback));
    noteSetback(progress, `${shownText(object.key)}: ${lastWord(setback).text}`);
    if (verdict.kind === 'renew') return;
    const { afterMs = null, slowDown: busy = false } = verdict.kind === 'retry' ? verdict : {};
    if (busy) slowDown();
    // At least as long as the store says, but not all at the same moment.
    await this.#wait(Math.min(transfer.maxBackoffMs, Math.max(afterMs ?? 0, this.#backoffMs(counts.failures))));
  }

  #backoffMs(failures: number): number {
    return backoffMs(failures, this.#parts.transfer.maxBackoffMs, this.#parts.random ?? Math.random);
  }

  async #wait(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#parts.signal }).catch(() => undefined); // ended: whoever ended it says why
  }

  /** All connections of a file see its change at once: one looks, and all wait for that. */
  #lookTogether(file: FileDownload, setback: Setback): Promise<void> {
    const look = this.#looks.get(file) ?? this.#lookAgain(file, setback).finally(() => this.#looks.delete(file));
    this.#looks.set(file, look);
    return look;
  }

  async #lookAgain(file: FileDownload, setback: Setback): Promise<void> {
    const { store, signal } = this.#parts;
    const { object, epoch } = file;
    const now = await whileWanted(store.look(object.key, signal), signal);
    if (signal.aborted) return;
    if (now === null) throw this.failed(object, { code: 'OBJECT_CHANGED', text: 'it was deleted during the pull' });
    file.changes += 1;
    if (file.changes > maxChanges) throw this.failed(object, { ...lastWord(setback), code: 'OBJECT_CHANGED' });
    await this.#wait(file.changes === 1 ? 0 : this.#backoffMs(file.changes));
    if (!signal.aborted && file.epoch === epoch) this.startOver(file, now);
  }

  /** From nothing; what was there counts no more. */
  startOver(file: FileDownload, object: StoredObject): void {
    const { progress, requeue } = this.#parts;
    progress.restarts += 1;
    progress.listedBytes += (object.bytes ?? 0) - (file.object.bytes ?? 0);
    progress.doneBytes -= file.writtenBytes;
    progress.keptBytes -= file.keptBytes;
    requeue(file.restart(object));
  }

  /** In words that name the object, and what to do. */
  failed({ key }: StoredObject, { code, text }: { readonly code: ErrorCode; readonly text: string }): OutriggerError {
    const remedy = remedies[code];
    const words = `${this.#parts.shownUri}: "${shownText(key)}": ${text}${remedy === undefined ? '' : `; ${remedy}`}`;
    return new OutriggerError(code, words);
  }
}

const remedies: Readonly<Partial<Record<ErrorCode, string>>> = {
  STORE_DENIED: 'allow these credentials to read it, or give others',
  STORE_UNREACHABLE: 'check the network on the way to the store; another pull goes on from here',
  STORE_FAILED: 'another pull goes on from here; if it fails again, see what the store logs',
  OBJECT_CHANGED: 'pull again when nobody writes to it',
  CHECKSUM_MISMATCH: 'the store or something on the way to it changes bytes: upload it again if that goes on',
};
