// Whatever the document: is it the same afterwards but for its secrets, and is none of them left?
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { redactJson } from '../../../src/logger/privacy/redact-json.ts';
import { placeOf, type Steps } from '../../../src/logger/privacy/secret-place.ts';
import { seed } from '../../support/seed.ts';

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
type Path = readonly (string | number)[];

const hidden = '***';
const mark = 'SECRET';
const names = fc.oneof(fc.constantFrom('a', 'b', 'ssn', 'inputs', 'data', '0', '"\\/', 'é', ''), fc.string());
const documents = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
    ),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(names, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

/** All values of a document, by their paths. */
function pathsOf(value: Json, path: Path = []): Path[] {
  if (value === null || typeof value !== 'object') return [path];
  const inside: [string | number, Json][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [path, ...inside.flatMap(([step, member]) => pathsOf(member, [...path, step]))];
}

/** The same rules, applied to values instead of bytes. */
function replaced(value: Json, rules: readonly Steps[], secret: string, path: Path = []): Json {
  const matches = (steps: Steps): boolean =>
    steps.length === path.length && steps.every((step, n) => step === '*' || step === path[n]);
  if (rules.some(matches)) return secret;
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((member, n) => replaced(member, rules, secret, [...path, n]));
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, replaced(member, rules, secret, [...path, name])]),
  );
}

/** A document, and rules for some of its places; some steps of them are wild. */
const cases = documents.chain((document) =>
  fc.record({
    document: fc.constant(document),
    rules: fc.array(
      fc
        .constantFrom(...pathsOf(document))
        .chain((path) =>
          fc.tuple(
            ...path.map((step) =>
              step === '*'
                ? fc.constant('*' as const)
                : fc.oneof({ weight: 3, arbitrary: fc.constant(step) }, fc.constant('*' as const)),
            ),
          ),
        ),
      { minLength: 1, maxLength: 3 },
    ),
    indent: fc.constantFrom(0, 1, '\t\r\n '),
    escaped: fc.boolean(),
  }),
);

it('only the values at its paths change', () => {
  fc.assert(
    fc.property(cases, ({ document, rules, indent, escaped }) => {
      const planted = replaced(document, rules, `${mark}-123`);
      const text = write(planted, indent, escaped);
      const redacted = redactJson(Buffer.from(text), { root: placeOf(rules), tensors: [] });
      const expected = replaced(planted, rules, hidden);
      if (redacted.kind !== 'redacted') throw new Error(redacted.kind);
      const left = Buffer.from(redacted.bytes).toString();
      expect(JSON.parse(left)).toEqual(JSON.parse(JSON.stringify(expected)));
      expect(left.includes(mark)).toBe(JSON.stringify(expected).includes(mark));
      expect(left).toBe(write(expected, indent, escaped)); // not a byte beside them
    }),
    { seed, numRuns: 1500 },
  );
});

it('whatever bytes come, a text is clean, redacted or unreadable, and JSON is never called unreadable', () => {
  const root = placeOf([['a'], ['*', 0], ['b', '*', 'ssn']]);
  const noise = fc.oneof(
    fc.uint8Array(),
    fc.string({ unit: fc.constantFrom(...'{}[]",:\\u0061 1e-.tfn\n') }).map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(noise, (bytes) => {
      const redacted = redactJson(bytes, { root, tensors: [] });
      if (redacted.kind === 'unreadable')
        expect(() => JSON.parse(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes))).toThrow();
    }),
    { seed, numRuns: 2000 },
  );
});

/** JSON as text; escaped: without any character of names and strings written as it is. */
function write(value: Json, indent: string | number, escaped: boolean): string {
  const text = JSON.stringify(value, null, indent);
  if (!escaped) return text;
  return text.replaceAll(/"(?:[^"\\]|\\.)*"/g, (token) => {
    const said = JSON.parse(token) as string;
    if (said === hidden || said.includes(mark)) return token;
    return `"${said.replaceAll(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`;
  });
}
