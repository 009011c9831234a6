// The budget under whatever order of events: never more bytes than there are, and everybody who waits is served in the end.
import { describe, expect, it } from 'vitest';
import type { Budget } from '../../../src/puller/budget/budget.ts';
import { openBudget } from '../../../src/puller/budget/byte-budget.ts';
import { seededRandom } from '../../support/random.ts';
import { seed } from '../../support/seed.ts';

const maxBytes = 100;
const runs = 150;
const events = 150;

interface Model {
  readonly name: string;
  bytes: number;
  /** `reserves`: first come; `holds`: may be told to go unless busy. */
  state: 'out' | 'reserves' | 'holds';
  busy: boolean;
  going: boolean;
  cancel: AbortController;
}

/** Owners as they are: each reserves, is used, grows, is told to go and then goes some time. */
class Town {
  readonly budget: Budget;
  readonly models: Model[];
  readonly random: () => number;
  inLine: string[] = [];

  constructor(random: () => number) {
    this.random = random;
    this.models = Array.from({ length: 12 }, (_, at) => {
      const rest = { bytes: 0, busy: false, going: false, cancel: new AbortController() };
      return { name: `m${at}`, state: 'out', ...rest };
    });
    this.budget = openBudget({
      maxBytes,
      option: '--model-memory-budget',
      useOf: (name) => name.length + Number(name.slice(1)),
      mayGo: (name) => this.find(name).state === 'holds' && !this.find(name).busy,
      pushOut: (name) => this.pushOut(this.find(name)),
    });
  }

  find(name: string): Model {
    return this.models.find((each) => each.name === name) as Model;
  }

  pushOut(model: Model): void {
    expect(model).toMatchObject({ state: 'holds', busy: false, going: false });
    expect(this.budget.holds(model.name)).toBe(true);
    model.going = true;
    if (this.random() < 0.3) this.leave(model);
  }

  leave(model: Model): void {
    this.budget.free(model.name);
    Object.assign(model, { going: false, busy: false, state: 'out' });
  }

  reserve(model: Model, bytes: number): void {
    const held = this.budget.holds(model.name) ? model.state : 'out';
    const cancel = new AbortController();
    Object.assign(model, { state: 'reserves', going: false, cancel });
    this.inLine.push(model.name);
    this.budget.reserve({ name: model.name, bytes }, cancel.signal).then(
      () => {
        Object.assign(model, { state: 'holds', bytes, busy: this.random() < 0.5 });
        this.inLine = this.inLine.filter((name) => name !== model.name);
      },
      () => {
        model.state = this.budget.holds(model.name) ? held : 'out';
        this.inLine = this.inLine.filter((name) => name !== model.name);
      },
    );
  }

  /** One event of chance. */
  event(): void {
    const model = this.models[Math.floor(this.random() * this.models.length)] as Model;
    const bytes = Math.floor(this.random() ** 2 * (maxBytes + 1));
    const chance = this.random();
    if (model.state === 'reserves') {
      if (chance < 0.1) model.cancel.abort(new Error('cancelled'));
    } else if (model.state === 'out' || chance < 0.1) {
      this.reserve(model, bytes);
    } else if (model.going || chance < 0.2) {
      this.leave(model);
    } else {
      model.busy = !model.busy;
      if (!model.busy) this.budget.reconsider();
    }
    this.check();
  }

  check(): void {
    expect(this.budget.usedBytes).toBeLessThanOrEqual(maxBytes);
    expect(this.budget.usedBytes).toBeGreaterThanOrEqual(0);
  }

  /** Everybody becomes idle and goes when told to; who holds bytes wants no more. */
  async calm(): Promise<void> {
    await new Promise(setImmediate);
    for (const { state, name, cancel } of this.models) {
      if (state === 'reserves' && this.budget.holds(name)) cancel.abort(new Error('cancelled'));
    }
    for (let round = 0; round < 3 * this.models.length && this.inLine.length > 0; round++) {
      for (const model of this.models) {
        model.busy = false;
        if (model.going) this.leave(model);
        this.budget.reconsider();
      }
      await new Promise(setImmediate);
    }
  }
}

describe('a budget under random events', () => {
  it('never hands out more than there is, asks only who may go, and serves everybody in the end', async () => {
    for (let run = 0; run < runs; run++) {
      const town = new Town(seededRandom(seed + run));
      for (let at = 0; at < events; at++) {
        town.event();
        if (town.random() < 0.5) await Promise.resolve();
      }
      await town.calm();
      expect([seed + run, town.inLine]).toEqual([seed + run, []]);
      for (const { name } of town.models) town.budget.free(name);
      expect(town.budget.usedBytes).toBe(0);
    }
  });

  it('lets in those who hold nothing in the order in which they came', async () => {
    for (let run = 0; run < runs; run++) {
      const random = seededRandom(seed + run);
      const budget: Budget = openBudget({
        ...{ maxBytes, option: '--model-memory-budget', useOf: () => 1, mayGo: () => random() < 0.5 },
        pushOut: (name) => leaving.push(name),
      });
      const [leaving, entered]: [string[], number[]] = [[], []];
      const waits = Array.from({ length: 20 }, (_, at) =>
        budget
          .reserve({ name: `m${at}`, bytes: 1 + Math.floor(random() * maxBytes) }, new AbortController().signal)
          .then(() => entered.push(at)),
      );
      for (let left = waits.length; left > 0; left = waits.length - entered.length) {
        for (const name of leaving.splice(0)) budget.free(name);
        budget.reconsider();
        await new Promise(setImmediate);
      }
      expect(entered).toEqual(waits.map((_, at) => at));
    }
  });
});
