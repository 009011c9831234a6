// What a scenario is, what it may use, and the rows that come out of it.

import type { Rig } from './rig.ts';
import { median, spreadPercent } from './statistics.ts';
import type { Tool } from './tools.ts';

export interface Bench {
  readonly rig: Rig; // this scenario's own; closed by whoever made it
  readonly rounds: number;
  readonly seconds: number; // of load a round and subject
  readonly agentScript: string;
  say(progress: string): void;
  /** Goes under the table; null is nothing to say. */
  note(remark: string | null): void;
}

export interface Scenario {
  readonly name: string; // as in the table of scenarios: S1
  readonly title: string;
  readonly method: string; // one sentence for RESULTS.md: load, reference, what is compared
  readonly tools: readonly Tool[];
  /** Of load a round and subject unless --seconds says otherwise; 3 by default. */
  readonly seconds?: number;
  /** Only run when it is named: it needs what is not on every machine. */
  readonly onlyByName?: boolean;
  run(bench: Bench): Promise<readonly Row[]>;
}

export interface Row {
  readonly subject: string;
  readonly metric: string; // with its unit
  readonly samples: readonly number[]; // one a round
  readonly value: number; // their median
  readonly spreadPercent: number;
  readonly requestsPerSecond: number | null;
  readonly ratio: number | null; // to the reference of the same run
  readonly gate: Gate | null;
  readonly passed: boolean | null; // null = no gate
}

/** What the ratio has to be; without a ratio, the value. */
type Gate = { readonly atMost: number } | { readonly atLeast: number };

export interface Measured {
  readonly subject: string;
  readonly metric: string;
  readonly samples: readonly number[];
  readonly requestsPerSecond?: readonly number[];
  readonly reference?: readonly number[]; // samples of the reference in the same rounds
  readonly gate?: Gate;
}

/** Medians first, then their ratio: one odd round moves neither. */
export function toRow(measured: Measured): Row {
  const value = median(measured.samples);
  const ratio = measured.reference === undefined ? null : value / median(measured.reference);
  const gate = measured.gate ?? null;
  const rates = measured.requestsPerSecond;
  return {
    subject: measured.subject,
    metric: measured.metric,
    samples: measured.samples,
    value,
    spreadPercent: spreadPercent(measured.samples),
    requestsPerSecond: rates === undefined ? null : median(rates),
    ratio,
    gate,
    passed: gate === null ? null : passes(ratio ?? value, gate),
  };
}

function passes(value: number, gate: Gate): boolean {
  return 'atMost' in gate ? value <= gate.atMost : value >= gate.atLeast;
}
