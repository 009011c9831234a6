import { describe, expect, it } from 'vitest';
import { optionNames } from '../../src/config/options.ts';
import { nearest } from '../../src/config/suggest.ts';

describe('the nearest known name', () => {
  it.each([
    ['prot', 'port'],
    ['Component_Port', 'component-port'],
    ['max-batch-size', 'max-batchsize'],
    ['enable-bacher', 'enable-batcher'],
    ['loglevel', 'log-level'],
    ['quite-another-thing', undefined],
    ['x'.repeat(1_000_000), undefined],
  ])('of %.20s is %s', (given, known) => {
    expect(nearest(given, optionNames)).toBe(known);
  });
});
