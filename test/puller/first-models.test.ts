// Readiness of the start: what is waited for, how long, and when the agent gives up.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { OutriggerError } from '../../src/errors.ts';
import { FirstModels } from '../../src/puller/first-models.ts';
import type { ModelRecord } from '../../src/puller/model/model-record.ts';
import { takeFinding } from '../../src/puller/runtime/runtime-comparison.ts';
import { testRecord, wantedModel } from '../support/puller/test-record.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Parts {
  readonly onFailure?: 'serve' | 'unready' | 'exit';
  readonly timeoutMs?: number | null;
}

function firstModels({ onFailure = 'serve', timeoutMs = null }: Parts = {}) {
  const records: ModelRecord[] = [];
  const warnings: string[] = [];
  const gaveUp: OutriggerError[] = [];
  const file = { isMissing: true };
  const nameless: string[] = [];
  const quiet = () => undefined;
  const first = new FirstModels({
    config: { modelsFile: '/c/models.json', readiness: { attempts: 2, timeoutMs, onFailure } },
    log: { debug: quiet, info: quiet, error: quiet, warn: (_, message) => void warnings.push(message) },
    records: () => records,
    nameless: () => nameless,
    isMissing: () => file.isMissing,
    giveUp: (error) => void gaveUp.push(error),
  });
  const add = (name: string): ModelRecord => {
    const record = testRecord({ name });
    record.wanted = wantedModel('A');
    record.gating = true;
    records.push(record);
    return record;
  };
  const fail = (record: ModelRecord, attempts: number): void => {
    record.setback = { step: 'pull', code: 'INTERNAL', reason: 'no luck', attempts, permanent: false, nextTryAtMs: 0 };
    first.heedFailures();
  };
  return { first, file, nameless, warnings, gaveUp, add, fail };
}

it.each(['serve', 'unready', 'exit'] as const)(
  'an entry without a usable name is a failed model, for %s too',
  (onFailure) => {
    const { first, nameless, gaveUp } = firstModels({ onFailure });
    nameless.push('models[0]: modelName: expected a plain folder name');
    first.take();
    first.heedFailures();
    expect(gaveUp.map(({ message }) => message.split('\n')[0])).toEqual(onFailure === 'exit' ? nameless : []);
    expect(first.notReady(null)).toEqual(onFailure === 'serve' ? null : nameless);
  },
);

describe('a models.json that is not there', () => {
  it('counts as empty after 10 s, with a warning; whatever comes later holds up nothing', () => {
    const { first, warnings, add } = firstModels();
    vi.advanceTimersByTime(9_999);
    expect(first.notReady('is not there')).toEqual(['models.json: is not there']);
    vi.advanceTimersByTime(1);
    expect(first.notReady('is not there')).toBeNull();
    expect(warnings).toEqual(['no models.json after 10 s: ready without models']);
    expect(first.take()).toBe(false);
    add('late').gating = false;
    expect(first.notReady(null)).toBeNull();
  });

  it('is not the same as a broken one, for which a person must act', () => {
    const { first, file, warnings } = firstModels();
    file.isMissing = false;
    vi.advanceTimersByTime(3_600_000);
    expect(first.notReady('no JSON')).toEqual(['models.json: no JSON']);
    expect(warnings).toEqual([]);
    file.isMissing = true; // that person took it away
    expect(first.notReady('is not there')).toBeNull();
    expect(warnings).toHaveLength(1);
  });

  it('is waited for no longer when it comes in time', () => {
    const { first, warnings, add } = firstModels();
    vi.advanceTimersByTime(9_000);
    expect(first.take()).toBe(true);
    add('m');
    vi.advanceTimersByTime(9_000);
    expect(first.notReady(null)?.[0]).toMatch(/^model m /);
    expect(warnings).toEqual([]);
  });
});

describe('the models of the first models.json', () => {
  it('are waited for, those of later ones are not', () => {
    const { first, add } = firstModels();
    expect(first.take()).toBe(true);
    const record = add('m');
    expect(first.notReady(null)).toHaveLength(1);
    record.serving = true;
    expect(first.notReady(null)).toBeNull();
    expect(first.take()).toBe(false);
  });

  it('are waited for no longer than the timeout', () => {
    const { first, add } = firstModels({ timeoutMs: 60_000 });
    first.take();
    add('m');
    vi.advanceTimersByTime(59_999);
    expect(first.notReady(null)).not.toBeNull();
    vi.advanceTimersByTime(1);
    expect(first.notReady(null)).toBeNull();
  });

  it('are waited for again, as long as at the start, when the runtime has lost them long after it', () => {
    const { first, add } = firstModels({ timeoutMs: 60_000 });
    first.take();
    const record = add('m');
    record.serving = true;
    record.loaded = { version: 'A' };
    vi.advanceTimersByTime(3_600_000);
    expect(first.notReady(null)).toBeNull();
    takeFinding(record, 'gone');
    vi.advanceTimersByTime(59_999);
    expect(first.notReady(null)).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(first.notReady(null)).toBeNull();
  });

  it.each([
    ['serve', null],
    ['unready', ['model m has failed: no luck']],
  ] as const)('that failed leave an agent with %s: %j', (onFailure, reasons) => {
    const { first, add, fail, gaveUp } = firstModels({ onFailure });
    first.take();
    fail(add('m'), 2);
    expect(first.notReady(null)).toEqual(reasons);
    expect(gaveUp).toEqual([]);
  });

  it('that failed make an agent with exit give up with the reason, before others are settled', () => {
    const { first, add, fail, gaveUp } = firstModels({ onFailure: 'exit' });
    first.take();
    add('open');
    const record = add('m');
    fail(record, 1);
    expect(gaveUp).toEqual([]);
    fail(record, 2);
    expect(gaveUp.map(({ message }) => message)).toEqual(['model m has failed: no luck\n--on-model-failure=exit']);
  });

  it('that are not there in time make an agent with exit give up', () => {
    const { first, add, gaveUp } = firstModels({ onFailure: 'exit', timeoutMs: 1_000 });
    first.take();
    add('m');
    vi.advanceTimersByTime(1_000);
    expect(gaveUp).toHaveLength(1);
  });

  it('may fail later without ending an agent that had them all', () => {
    const { first, add, fail, gaveUp } = firstModels({ onFailure: 'exit' });
    first.take();
    const record = add('m');
    record.serving = true;
    first.heedFailures();
    record.serving = false;
    fail(record, 9);
    expect(gaveUp).toEqual([]);
  });

  it('count for exit also when time was over before there was a models.json', () => {
    const { first, add, fail, gaveUp } = firstModels({ onFailure: 'exit', timeoutMs: 1_000 });
    vi.advanceTimersByTime(2_000);
    first.take();
    fail(add('m'), 2);
    expect(gaveUp).toHaveLength(1);
  });
});
