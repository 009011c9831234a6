// Values as they were written: what a double of JavaScript would round, or print in another way, stays text.

/** A number by its own digits; JSON of ours shows it as text. */
export class Digits {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toJSON(): string {
    return this.text;
  }
}

/** 64-bit integers that a double holds are numbers. */
export function exactInteger(value: bigint): number | Digits {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : new Digits(String(value));
}

type Reviver = (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown;

const keepDigits: Reviver = (_key, value, { source }) => {
  if (typeof value !== 'number' || source === undefined) return value;
  return String(value) === source ? value : new Digits(source);
};

/** JSON of one value, `1.0` and 9007199254740993 as Digits. @throws SyntaxError */
export function readExactJson(text: string): unknown {
  return JSON.parse(text, keepDigits as Parameters<typeof JSON.parse>[1]);
}
