// What operators and clients read of a model.
import { describe, expect, it } from 'vitest';
import type { ModelRecord } from '../../../src/puller/model/model-record.ts';
import { describeModel, reportModel, retryAfterSecondsOf, stateOf } from '../../../src/puller/model/model-words.ts';
import { startProgress } from '../../../src/storage/download/progress.ts';
import { testRecord, wantedModel } from '../../support/puller/test-record.ts';

type State = Partial<ModelRecord>;

function recordWith(state: State, versions: readonly string[] = []): ModelRecord {
  return Object.assign(testRecord({ versions, linked: versions[0] ?? null }), { wanted: wantedModel('A'), ...state });
}

const failed: State = {
  setback: { step: 'load', code: 'INTERNAL', reason: 'no GPU', attempts: 3, permanent: false, nextTryAtMs: 9_500 },
};

function pulling(change: Partial<ReturnType<typeof startProgress>> | null): State {
  const progress = change === null ? null : { ...startProgress(), ...change };
  return { doing: { kind: 'pull' }, download: { startedAtMs: 0, progress } };
}

describe('a model is', () => {
  it.each<[string, State, readonly string[]]>([
    ['wanted', {}, []],
    ['wanted', { doing: { kind: 'pull' } }, []],
    ['downloading', pulling(null), []],
    ['downloading', pulling({ phase: 'fetching' }), []],
    ['verifying', pulling({ phase: 'unpacking' }), []],
    ['loading', { doing: { kind: 'load', version: 'A' } }, ['A']],
    ['loading', { doing: { kind: 'restore', version: 'A' } }, ['A']],
    ['loading', { ...failed, doing: { kind: 'load', version: 'A' } }, ['A']],
    ['ready', { serving: true }, ['A']],
    ['failed', { ...failed, serving: true }, ['A']],
    ['failed', { refused: 'no spec', wanted: null }, []],
    ['idle', { inMemory: false }, ['A']],
    ['removing', { wanted: null, serving: true }, ['A']],
  ])('%s with %j and %j', (state, change, versions) => {
    expect(stateOf(recordWith(change, versions))).toBe(state);
  });
});

describe('the report of a model', () => {
  it('has no secret of its URI', () => {
    const uri = 'https://user:secret@host/model.zip?sig=hidden';
    const report = reportModel(recordWith({ wanted: wantedModel('A', { uri }) }), 0);
    expect(JSON.stringify(report)).not.toMatch(/secret|hidden/);
    expect(report.uri).toMatch('host/model.zip');
  });

  it('names the files that serve, also while others are on their way', () => {
    const wanted = wantedModel('B');
    const record = recordWith({ wanted, serving: true, loaded: { version: 'A' }, ...pulling(null) }, ['A']);
    expect(reportModel(record, 0)).toMatchObject({
      state: 'downloading',
      serving: true,
      version: 'A',
      diskBytes: 1_000,
    });
    expect(reportModel(recordWith({ loaded: { version: 'A' } }, ['A']), 0).version).toBeNull();
    expect(reportModel(recordWith({ serving: true, loaded: 'unknown' }, ['A']), 0).version).toBe('A');
  });

  it('tells how fast the store is and when it will be over, without what was there before', () => {
    const progress = { doneBytes: 30e6, keptBytes: 10e6, listedBytes: 130e6, listing: false };
    const { download } = reportModel(recordWith(pulling(progress)), 2_000);
    expect(download).toEqual({ doneBytes: 30e6, totalBytes: 130e6, bytesPerSecond: 10e6, etaSeconds: 10 });
    expect(reportModel(recordWith(pulling({ ...progress, listing: true })), 2_000).download).toMatchObject({
      totalBytes: null,
      etaSeconds: null,
    });
    expect(reportModel(recordWith(pulling({ listedBytes: 5, listing: false })), 0).download?.etaSeconds).toBeNull();
  });

  it('says what failed, how often, and when it is tried again', () => {
    const before = Date.now();
    const { failure } = reportModel(recordWith(failed), 9_000);
    expect(failure).toMatchObject({ code: 'INTERNAL', reason: 'no GPU', attempts: 3 });
    expect(Date.parse(failure!.nextTryAt!) - before).toBeGreaterThanOrEqual(500);
    expect(
      reportModel(recordWith({ ...failed, doing: { kind: 'load', version: 'A' } }), 0).failure?.nextTryAt,
    ).toBeNull();
  });
});

describe('who is turned away', () => {
  it.each<[string, State]>([
    ['model m waits for its turn to be pulled', {}],
    [
      'model m is downloading: 12 of 340 MB, 3 s to go',
      pulling({ doneBytes: 12e6, listedBytes: 340e6, listing: false }),
    ],
    ['model m is downloading: 1.2 MB', pulling({ doneBytes: 1.2e6, listedBytes: 9e6 })],
    ['model m is loading', { doing: { kind: 'load', version: 'A' } }],
    ['model m has failed: no GPU', failed],
    ['model m is loading, again after attempt 3: no GPU', { ...failed, doing: { kind: 'load', version: 'A' } }],
    ['model m has failed: no spec', { refused: 'no spec', wanted: null }],
  ])('reads: %s', (words, state) => {
    expect(describeModel(recordWith(state), 100)).toBe(words);
  });

  it.each<[number, State]>([
    [1, {}],
    [1, pulling({ doneBytes: 12e6, listedBytes: 12e6, listing: false })],
    [9, pulling({ doneBytes: 10e6, listedBytes: 100e6, listing: false })],
    [60, pulling({ doneBytes: 1e6, listedBytes: 1e12, listing: false })],
    [9, failed],
    [1, { ...failed, doing: { kind: 'load', version: 'A' } }],
    [60, { refused: 'no spec', wanted: null }],
  ])('is to come back after %i s: %j', (seconds, state) => {
    expect(retryAfterSecondsOf(recordWith(state), 1_000)).toBe(seconds);
  });
});
