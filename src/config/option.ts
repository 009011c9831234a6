// What one row of the option table says, and how a group of rows is written down.
import type { Kind } from './values.ts';

/** A row inside its group. */
interface Declaration {
  readonly kind: Kind<unknown>;
  /** Null: depends on other options or on the platform. */
  readonly default: unknown;
  /** What people read in place of a default that is null or "". */
  readonly defaultText?: string;
  readonly sentence: string;
}

export interface Option extends Declaration {
  /** Title of its table. */
  readonly group: string;
}

/** The rows of one command, by flag. */
export type OptionTable = Readonly<Record<string, Option>>;

type ValueOf<O> = O extends { readonly kind: Kind<infer T>; readonly default: infer D }
  ? D extends null
    ? T | null
    : T
  : never;

/** Every option's value; null where the default depends on something else and nothing was given. */
export type ValuesOf<Table> = { readonly [Name in keyof Table]: ValueOf<Table[Name]> };

/** `--max-batchsize` is also OUTRIGGER_MAX_BATCHSIZE. */
export function environmentName(name: string): string {
  return `OUTRIGGER_${name.toUpperCase().replaceAll('-', '_')}`;
}

type Placed<Declared> = { readonly [Name in keyof Declared]: Declared[Name] & Pick<Option, 'group'> };

export function inGroup<Declared extends Record<string, Declaration>>(
  group: string,
  declared: Declared,
): Placed<Declared> {
  const place = ([name, option]: [string, Declaration]) => [name, { ...option, group }];
  return Object.fromEntries(Object.entries(declared).map(place)) as Placed<Declared>;
}
