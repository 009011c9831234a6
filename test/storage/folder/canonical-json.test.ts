// One text for one value.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonicalJson } from '../../../src/storage/folder/canonical-json.ts';
import { seed } from '../../support/seed.ts';

it('keys are sorted at every depth, lists keep their order, there are no spaces', () => {
  expect(canonicalJson({ b: [{ d: 1, c: null }, 'x'], a: { Z: true, z: 'ü' } })).toBe(
    '{"a":{"Z":true,"z":"ü"},"b":[{"c":null,"d":1},"x"]}',
  );
});

it('the order of keys makes no difference, and the value is not changed', () => {
  const values = fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue());
  const property = fc.property(values, (value) => {
    const reversed = Object.fromEntries(Object.entries(value).reverse());
    expect(canonicalJson(reversed)).toBe(canonicalJson(value));
    expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
  });
  fc.assert(property, { seed });
});
