// What each check of real stores is given, and how one claim about a store becomes one verdict.
import type { Verdict } from '../compare.ts';

export interface StoreSuite {
  /** The built outrigger.cjs. */
  readonly program: string;
  /** For data, keys and logs; the check's alone. */
  readonly folder: string;
}

export async function judge(name: string, claim: () => Promise<void>): Promise<Verdict> {
  try {
    await claim();
    return { name, difference: null };
  } catch (error) {
    return { name, difference: (error as Error).message };
  }
}

/** @throws Error that shows both */
export function expectSame(found: unknown, wanted: unknown): void {
  const [seen, expected] = [found, wanted].map((value) => JSON.stringify(value).slice(0, 1500));
  if (JSON.stringify(found) !== JSON.stringify(wanted)) throw new Error(`expected ${expected}\nfound    ${seen}`);
}
