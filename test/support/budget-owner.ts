// An owner of models under a budget: says who may go, notes who was told to, and who of those that wait holds its bytes.
import type { Budget } from '../../src/puller/budget/budget.ts';
import { openBudget } from '../../src/puller/budget/byte-budget.ts';

export class BudgetOwner {
  readonly budget: Budget;
  /** Names in the order in which they were told to go. */
  readonly told: string[] = [];
  /** Names in the order in which their `reserve` resolved. */
  readonly entered: string[] = [];
  readonly failures: unknown[] = [];
  readonly busy = new Set<string>();
  readonly uses = new Map<string, number>();
  /** Instead of waiting for the test to free it. */
  onPushOut: (name: string) => void = () => undefined;

  constructor(maxBytes: number) {
    this.budget = openBudget({
      maxBytes,
      option: '--model-memory-budget',
      useOf: (name) => this.uses.get(name) ?? 0,
      mayGo: (name) => !this.busy.has(name),
      pushOut: (name) => {
        this.told.push(name);
        this.onPushOut(name);
      },
    });
  }

  /** Each holds its bytes at once. */
  fill(holders: Readonly<Record<string, number>>): void {
    for (const [name, bytes] of Object.entries(holders)) {
      if (!this.budget.tryReserve({ name, bytes })) throw new Error(`no room for ${name}`);
    }
  }

  /** Aborts its wait. */
  reserve(name: string, bytes: number): AbortController {
    const controller = new AbortController();
    this.budget.reserve({ name, bytes }, controller.signal).then(
      () => this.entered.push(name),
      (error: unknown) => this.failures.push(error),
    );
    return controller;
  }

  /** What was resolved or rejected has been noted. */
  async settled(): Promise<void> {
    await new Promise(setImmediate);
  }
}
