// What a check has found: how bad it is, one sentence, and what to do about it.

/** problem: it will not work. warning: it works, and not as somebody may think. note: good to know. */
export type Level = 'ok' | 'note' | 'warning' | 'problem';

export interface Finding {
  readonly level: Level;
  /** Without secrets, on one line. */
  readonly text: string;
  /** Null: nothing is to be done. */
  readonly remedy: string | null;
}

export interface Check {
  /** Title under which its findings stand. */
  readonly group: string;
  /** What is looked at, for the sentence that it took too long. */
  readonly subject: string;
  /** `signal` is aborted when the time is up. What it throws is a problem. */
  run(signal: AbortSignal): Promise<readonly Finding[]>;
}

export function ok(text: string): Finding {
  return { level: 'ok', text, remedy: null };
}

export function note(text: string, remedy: string | null = null): Finding {
  return { level: 'note', text, remedy };
}

export function warning(text: string, remedy: string | null = null): Finding {
  return { level: 'warning', text, remedy };
}

export function problem(text: string, remedy: string | null = null): Finding {
  return { level: 'problem', text, remedy };
}
