import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { exampleOfModel } from '../../src/dev/model-example.ts';

const at = { baseUrl: 'http://127.0.0.1:9081', name: 'm' };

/** What the shell makes of the line: its words. */
function wordsOf(command: string): string[] {
  const script = `curl() { printf '%s\\0' "$@"; }; ${command}`;
  return execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
}

function bodyOf(inputs: readonly object[]) {
  const words = wordsOf(exampleOfModel({ name: 'm', inputs }, at) as string);
  return JSON.parse(words.at(-1) as string);
}

describe('a first request to an unknown model', () => {
  it('has one sample of each input, open dimensions being 1', () => {
    const inputs = [
      { name: 'x', datatype: 'FP32', shape: [-1, 3] },
      { name: 'text', datatype: 'BYTES', shape: ['-1', '1'] },
      { name: 'flag', datatype: 'BOOL', shape: [2] },
    ];
    expect(bodyOf(inputs).inputs).toEqual([
      { name: 'x', datatype: 'FP32', shape: [1, 3], data: [0, 0, 0] },
      { name: 'text', datatype: 'BYTES', shape: [1, 1], data: [''] },
      { name: 'flag', datatype: 'BOOL', shape: [2], data: [false, false] },
    ]);
  });

  it('keeps quotes of names away from the shell', () => {
    expect(bodyOf([{ name: "it's $HOME", datatype: 'INT64', shape: [1] }]).inputs[0].name).toBe("it's $HOME");
    const command = exampleOfModel(
      { inputs: [{ name: 'x', datatype: 'INT8', shape: [] }] },
      { ...at, name: "a'b /c" },
    ) as string;
    expect(wordsOf(command)).toContain('http://127.0.0.1:9081/v2/models/a%27b%20%2Fc/infer');
  });

  it.each([
    ['no metadata', 'text'],
    ['null', null],
    ['no inputs', { inputs: [] }],
    ['an input without shape', { inputs: [{ name: 'x', datatype: 'FP32' }] }],
    ['more than fits into a line', { inputs: [{ name: 'x', datatype: 'FP32', shape: [3, 224, 224] }] }],
    ['FP16, which JSON has not', { inputs: [{ name: 'x', datatype: 'FP16', shape: [1] }] }],
  ])('is none for %s', (_, metadata) => {
    expect(exampleOfModel(metadata, at)).toBe(null);
  });
});
