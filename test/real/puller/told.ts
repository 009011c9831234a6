// Claims about one server, told one after the other, and what clients may have seen during a change.
import type { Verdict } from '../compare.ts';
import { judge } from '../stores/claims.ts';
import type { Answer, Tally } from './asking.ts';

/** Each begins where the one before has ended: after one that does not hold the rest is not tried. */
export async function inOrder(
  group: string,
  claims: Readonly<Record<string, () => Promise<void>>>,
): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const [name, claim] of Object.entries(claims)) {
    const verdict = await judge(`${group}: ${name}`, claim);
    verdicts.push(verdict);
    if (verdict.difference !== null) break;
  }
  return verdicts;
}

/** Every client was answered, and by these alone. @throws Error with all that came */
export function expectOnly(tallies: readonly Tally[], allowed: readonly Answer[]): void {
  for (const { answers } of tallies) {
    const strange = [...answers.keys()].some((answer) => !allowed.includes(answer));
    if (strange || answers.size === 0) throw new Error(`answers: ${JSON.stringify([...answers])}`);
  }
}
