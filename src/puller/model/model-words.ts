// How a model is, in words and figures: for /status, for clients that are turned away, for the reasons of readiness.
import type { ModelReport, ModelState } from '../../model-report.ts';
import { redactUri } from '../../storage/uri/redact-uri.ts';
import type { Download, ModelRecord } from './model-record.ts';

export function stateOf(record: ModelRecord): ModelState {
  const { doing, download } = record;
  if (record.wanted === null && record.refused === null) return 'removing';
  if (doing?.kind === 'pull' && download !== null) {
    return (download.progress?.phase ?? 'fetching') === 'fetching' ? 'downloading' : 'verifying';
  }
  if (doing?.kind === 'load' || doing?.kind === 'restore') return 'loading';
  if (record.setback !== null || record.refused !== null) return 'failed';
  if (record.serving) return 'ready';
  return record.idle ? 'idle' : 'wanted';
}

/** `nowMs`: monotonic. */
export function reportModel(record: ModelRecord, nowMs: number): ModelReport {
  const { name, serving, wanted, loaded, memoryBytes, diskBytes } = record;
  const version = loaded === null || loaded === 'unknown' ? null : loaded.version;
  return {
    name,
    state: stateOf(record),
    serving,
    uri: wanted === null ? '' : redactUri(wanted.uri),
    version: serving ? (version ?? record.linked) : null,
    download: record.download === null ? null : downloadOf(record.download, nowMs),
    memoryBytes,
    diskBytes,
    failure: failureOf(record, nowMs),
  };
}

function downloadOf({ progress, startedAtMs }: Download, nowMs: number): NonNullable<ModelReport['download']> {
  if (progress === null) return { doneBytes: 0, totalBytes: null, bytesPerSecond: 0, etaSeconds: null };
  const { doneBytes, keptBytes, listedBytes, listing } = progress;
  const seconds = Math.max((nowMs - startedAtMs) / 1000, 0.001);
  const bytesPerSecond = Math.round(Math.max(doneBytes - keptBytes, 0) / seconds);
  const left = Math.max(listedBytes - doneBytes, 0);
  return {
    doneBytes,
    totalBytes: listing ? null : listedBytes,
    bytesPerSecond,
    etaSeconds: listing || bytesPerSecond === 0 ? null : Math.ceil(left / bytesPerSecond),
  };
}

function failureOf(record: ModelRecord, nowMs: number): ModelReport['failure'] {
  const { refused, setback, doing } = record;
  if (refused !== null) return { code: 'MODEL_SPEC_INVALID', reason: refused, attempts: 1, nextTryAt: null };
  if (setback === null) return null;
  const { code, reason, attempts, nextTryAtMs, step } = setback;
  const nextTryAt = doing?.kind === step ? null : new Date(Date.now() + nextTryAtMs - nowMs).toISOString();
  return { code, reason, attempts, nextTryAt };
}

/** Why it does not serve, in one line, e.g. `model m is downloading: 12 of 340 MB`. */
export function describeModel(record: ModelRecord, nowMs: number): string {
  const { name, state, download, failure } = reportModel(record, nowMs);
  const failed = failure === null ? '' : `: ${failure.reason}`;
  if (state === 'failed') return `model ${name} has failed${failed}`;
  const again = failure === null ? '' : `, again after attempt ${failure.attempts}${failed}`;
  const progress = download === null ? '' : `: ${progressOf(download)}`;
  if (state === 'wanted') return `model ${name} waits for its turn to be pulled${again}`;
  return `model ${name} is ${state}${progress}${again}`;
}

function progressOf({ doneBytes, totalBytes, etaSeconds }: NonNullable<ModelReport['download']>): string {
  const total = totalBytes === null ? '' : ` of ${megabytes(totalBytes)}`;
  const eta = etaSeconds === null ? '' : `, ${etaSeconds} s to go`;
  return `${megabytes(doneBytes)}${total} MB${eta}`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
}

/** Seconds: what is under way is asked for soon, what has failed not before it is tried again. */
export function retryAfterSecondsOf(record: ModelRecord, nowMs: number): number {
  const { setback, doing } = record;
  if (setback !== null && doing === null) return Math.max(1, Math.ceil((setback.nextTryAtMs - nowMs) / 1000));
  if (record.refused !== null && record.wanted === null) return 60;
  const eta = record.download === null ? null : downloadOf(record.download, nowMs).etaSeconds;
  return Math.min(Math.max(1, eta ?? 1), 60);
}
