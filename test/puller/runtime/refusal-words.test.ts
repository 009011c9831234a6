// What a runtime says of a failed order arrives on one line, short, and without the frame around it.
import { expect, it } from 'vitest';
import { wordsOf } from '../../../src/puller/runtime/refusal-words.ts';

it.each([
  ['of V2', '{"error":"no such model"}', 'no such model'],
  ['of FastAPI', '{"detail":"Not Found"}', 'Not Found'],
  ['of FastAPI, a list', '{"detail":[{"loc":["body"],"msg":"missing"}]}', '[{"loc":["body"],"msg":"missing"}]'],
  ['with a message', '{"code":500,"message":"worker died"}', 'worker died'],
  ['in plain text', 'first\n\n  second\t\u0007third ', 'first second third'],
  ['in JSON of another shape', '[1, 2]', '[1, 2]'],
  ['with an empty object', '{}', '{}'],
  ['that are none', '', ''],
  [
    'in a traceback',
    'Traceback (most recent call last):\n  File "a"\n    x()\nOSError: no\nsuch file\n',
    'OSError: no such file',
  ],
  [
    'in half a traceback',
    'Traceback (most recent call last):\n  File "a"',
    'Traceback (most recent call last): File "a"',
  ],
])('words %s', (_what, text, words) => {
  expect(wordsOf(text)).toBe(words);
});

it('many words are cut', () => {
  const words = wordsOf(`{"error":"${'word '.repeat(1000)}"}`);
  expect(words.length).toBeLessThanOrEqual(500);
  expect(words).toMatch(/word…$/);
});
