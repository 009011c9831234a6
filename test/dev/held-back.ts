// The quarter of the digits that the embedded model never saw, and how many of them a server gets right.
import { readFile } from 'node:fs/promises';

export interface HeldBackDigit {
  /** 64 pixels of 0 to 16. */
  readonly x: readonly number[];
  readonly label: number;
}

export async function readHeldBackDigits(): Promise<readonly HeldBackDigit[]> {
  const text = await readFile(new URL('digits-held-back.json', import.meta.url), 'utf8');
  const { x, label } = JSON.parse(text) as { x: number[][]; label: number[] };
  return x.map((pixels, index) => ({ x: pixels, label: label[index]! }));
}

/** Share of right answers, 0 to 1, of the model `digits` behind `baseUrl`: runtime or agent. One request for `rows` digits. */
export async function measureAccuracy(baseUrl: string, rows = 50): Promise<number> {
  const digits = await readHeldBackDigits();
  let right = 0;
  for (let at = 0; at < digits.length; at += rows) {
    const some = digits.slice(at, at + rows);
    const input = { name: 'x', datatype: 'FP32', shape: [some.length, 64], data: some.map(({ x }) => x) };
    const response = await fetch(new URL('/v2/models/digits/infer', baseUrl), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ inputs: [input], outputs: [{ name: 'label' }] }),
    });
    if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
    const { outputs } = (await response.json()) as { outputs: { data: number[] }[] };
    right += some.filter(({ label }, index) => outputs[0]?.data[index] === label).length;
  }
  return right / digits.length;
}
