// Is a token dropped once for all who were refused with it, and again when that was long ago?
import { expect, it } from 'vitest';
import { RenewalPace } from '../../../src/storage/stores/renewal-pace.ts';

it('a renewal serves all who ask within ten seconds', () => {
  const pace = new RenewalPace();
  expect([0, 1, 9_999, 10_000, 10_001].map((nowMs) => pace.begin(nowMs))).toEqual([true, false, false, true, false]);
});
