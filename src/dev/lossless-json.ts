// How JSON is read without rounding integers: those that a double cannot hold become BigInt.

type Reviver = (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown;

// Only then can an integer exceed 2^53; digits behind a point do not count. Reviving costs a call for each value.
const MAY_HOLD_UNSAFE_INTEGERS = /(?<![.\d])\d{16}/;
const INTEGER = /^-?\d+$/;

/** @throws SyntaxError */
export function readLosslessJson(text: string): unknown {
  if (!MAY_HOLD_UNSAFE_INTEGERS.test(text)) return JSON.parse(text);
  const revive: Reviver = (_key, value, { source }) => {
    if (typeof value !== 'number' || Number.isSafeInteger(value) || source === undefined) return value;
    return INTEGER.test(source) ? BigInt(source) : value;
  };
  return JSON.parse(text, revive as Parameters<typeof JSON.parse>[1]);
}
