// Which files of a folder are wanted: STORAGE_ALLOW_PATTERNS and STORAGE_IGNORE_PATTERNS.
import * as v from 'valibot';
import { list } from '../lists.ts';
import type { PullPatterns } from '../storage-config.ts';
import type { Kind } from '../values.ts';
import { readJson } from './storage-spec.ts';
import type { Variables } from './variables.ts';

const texts = v.array(v.string());

/** `["*.json", "a,b"]` or `*.json,*.bin`. A pattern may begin with a set of characters, so not every `[` begins JSON. */
const patterns: Pick<Kind<readonly string[]>, 'read' | 'expected'> = {
  expected: 'patterns as a JSON array of texts or separated by commas',
  read(text) {
    if (!/^\[\s*["\]]/.test(text)) return list.read(text);
    const parsed = readJson(text);
    return v.is(texts, parsed) ? parsed.filter((pattern) => pattern !== '') : undefined;
  },
};

export function readPatterns(variables: Variables): PullPatterns {
  return {
    allow: variables.read('STORAGE_ALLOW_PATTERNS', patterns) ?? [],
    ignore: variables.read('STORAGE_IGNORE_PATTERNS', patterns) ?? [],
  };
}
