// JSON as a tree of what was written: every scalar and every key is its own text, so `1.0`, 2^53 + 1 and NaN come back as sent.

export type Written = string | readonly Written[] | { readonly [key: string]: Written };

/** `text` has a character for each byte. Shares nothing with the scanner of src/v2. */
export function readWritten(text: string): Written {
  const quoted = text.replaceAll(/"(?:[^"\\]|\\.)*"|[^\s[\]{},:"]+/gs, (token) => JSON.stringify(token));
  return JSON.parse(quoted) as Written;
}

/** The field of that name; keys are written without escapes. */
export function fieldOf(value: Written, name: string): Written | undefined {
  return (value as { readonly [key: string]: Written })[`"${name}"`];
}

export function leavesOf(value: Written): string[] {
  return typeof value === 'string' ? [value] : (value as readonly Written[]).flatMap(leavesOf);
}
