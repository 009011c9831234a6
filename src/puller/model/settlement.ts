// Are the models settled, so that the pod may be ready: loaded, idle for lack of room, or failed for good.
import type { ModelReadinessConfig } from '../../config/slices.ts';
import type { ModelRecord } from './model-record.ts';

export type Settlement = 'serving' | 'idle' | 'failed' | 'open';

export interface SettlementRules extends Pick<ModelReadinessConfig, 'attempts'> {
  /** --model-ready-timeout has passed since the start. */
  readonly timeIsOver: boolean;
  /** Monotonic: as long ago. What the runtime has lost since then is waited for all the same. */
  readonly patientSinceMs: number;
}

/** `failed` is final for readiness alone: the model is tried on. */
export function settlementOf(
  record: ModelRecord,
  { attempts, timeIsOver, patientSinceMs }: SettlementRules,
): Settlement {
  if (record.serving) return 'serving';
  if (record.refused !== null) return 'failed';
  const { setback } = record;
  if (setback !== null && (setback.permanent || setback.attempts >= attempts)) return 'failed';
  if (!record.inMemory || record.byRequest) return 'idle'; // it was settled before it had to go
  return timeIsOver && record.lostAtMs <= patientSinceMs ? 'failed' : 'open';
}

export interface SettlementVerdict {
  readonly settled: boolean;
  /** Why not, or what failed; at most a few, for people. */
  readonly reasons: readonly string[];
  readonly failed: readonly ModelRecord[];
}

const maxNamed = 5;

/** Of the models that readiness waits for. `describe`: one model's state in a few words. */
export function judgeSettlement(
  records: Iterable<ModelRecord>,
  rules: SettlementRules,
  describe: (record: ModelRecord) => string,
): SettlementVerdict {
  const gating = [...records].filter(({ gating, wanted, refused }) => gating && (wanted !== null || refused !== null));
  const open = gating.filter((record) => settlementOf(record, rules) === 'open');
  const failed = gating.filter((record) => settlementOf(record, rules) === 'failed');
  const named = open.slice(0, maxNamed).map(describe);
  const more = open.length > maxNamed ? [`and ${open.length - maxNamed} more models`] : [];
  return { settled: open.length === 0, reasons: [...named, ...more], failed };
}
