// Does a key tell fields apart whatever is in them?
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { joinFields } from '../../src/batcher/joined-fields.ts';
import { seed } from '../support/seed.ts';

/** Few characters, among them those of the joined form: lists that are nearly alike come often. */
const lists = fc.array(fc.string({ unit: fc.constantFrom('1', '2', ':', 'a'), maxLength: 4 }), { maxLength: 4 });

it('joined fields are equal exactly if the lists are', () => {
  const property = fc.property(lists, lists, (one, other) => {
    expect(joinFields(one) === joinFields(other)).toBe(JSON.stringify(one) === JSON.stringify(other));
  });
  fc.assert(property, { seed, numRuns: 5_000 });
});

it('no field is none, which an empty one is not', () => {
  expect(joinFields([])).toBe('');
  expect(joinFields([''])).not.toBe('');
});
