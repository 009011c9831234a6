// The model that comes along, and a first request to paste: one real handwritten digit that it has never seen.
import { fileURLToPath } from 'node:url';

/** Holds digits.onnx: beside this file in the sources, beside the program when built. */
export const exampleModelDir = fileURLToPath(new URL('./model', import.meta.url));

export interface Example {
  /** One line for a POSIX shell. */
  readonly command: string;
  /** The same request 5,000 times, 32 at once. */
  readonly loadCommand: string;
  /** What the answer holds when all is well. */
  readonly expectation: string;
  /** The digit that was written. */
  readonly label: number;
  /** The digit as eight lines of eight characters. */
  readonly picture: string;
}

// Number 35 of test/dev/digits-held-back.json: 8 x 8 pixels of 0 to 16.
const PIXELS: readonly number[] = [
  [0, 0, 6, 12, 16, 10, 0, 0],
  [0, 4, 15, 8, 12, 14, 0, 0],
  [0, 0, 0, 0, 13, 8, 0, 0],
  [0, 0, 0, 6, 14, 1, 0, 0],
  [0, 0, 0, 5, 15, 8, 0, 0],
  [0, 0, 0, 0, 2, 15, 5, 0],
  [0, 0, 1, 4, 5, 15, 8, 0],
  [0, 0, 5, 16, 14, 9, 1, 0],
].flat();
const LABEL = 3;
const SHADES = ' .:-=+*%@';

/** `baseUrl`: of the agent or of the runtime itself, e.g. http://127.0.0.1:9081. */
export function exampleCurl(baseUrl: string): Example {
  const request = {
    inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 64], data: PIXELS }],
    outputs: [{ name: 'label' }],
  };
  // A URL may hold a quote, JSON made of these fields cannot.
  const url = new URL('/v2/models/digits/infer', baseUrl).href.replaceAll("'", '%27');
  const what = `-H 'content-type: application/json' -d '${JSON.stringify(request)}'`;
  return {
    // -w: the shell's next prompt stands on a line of its own
    command: `curl -sSw '\\n' '${url}' ${what}`,
    // curl counts up behind the #, which it sends to nobody
    loadCommand: `curl -sSZ --no-progress-meter --parallel-max 32 -o /dev/null '${url}#[1-5000]' ${what}`,
    expectation: `"data":[${LABEL}], the digit that was written`,
    label: LABEL,
    picture: PIXELS.map((pixel) => SHADES[(pixel / 2) | 0]!)
      .join('')
      .replaceAll(/(.{8})(?!$)/g, '$1\n'),
  };
}
