// What one row of the option table says, and how a group of rows is written down.
import type { Kind } from './values.ts';

/** now = it works; later = accepted and checked, its capability is not built yet; never = accepted for KServe's sake only. */
type Effect = 'now' | 'later' | 'never';

/** A row inside its group. */
interface Declaration {
  readonly kind: Kind<unknown>;
  /** Null: depends on other options or on the platform. */
  readonly default: unknown;
  /** What people read in place of a default that is null or "". */
  readonly defaultText?: string;
  readonly sentence: string;
}

interface Group {
  readonly group: string;
  readonly effect: Effect;
}

export interface Option extends Declaration, Group {}

type Placed<Declared> = { readonly [Name in keyof Declared]: Declared[Name] & Group };

export function inGroup<Declared extends Record<string, Declaration>>(
  group: Group,
  declared: Declared,
): Placed<Declared> {
  const place = ([name, option]: [string, Declaration]) => [name, { ...option, ...group }];
  return Object.fromEntries(Object.entries(declared).map(place)) as Placed<Declared>;
}
