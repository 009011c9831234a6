// Is the data of secret tensors found in V2 messages, wherever their names stand, and only there?
import { describe, expect, it } from 'vitest';
import { redactJson } from '../../../src/logger/privacy/redact-json.ts';
import { left, rulesOf } from '../../support/redaction.ts';

function redact(rules: readonly string[], text: string): string | null {
  return left(text, redactJson(Buffer.from(text), rulesOf(rules)));
}

const [x, y] = ['"name":"x","shape":[2],"datatype":"FP32"', '"name":"y","shape":[2],"datatype":"FP32"'];

describe('the data of a secret tensor', () => {
  const cases: readonly (readonly [what: string, text: string, expected: string])[] = [
    [
      'in a request',
      `{"inputs":[{${x},"data":[1,2]},{${y},"data":[3,4]}]}`,
      `{"inputs":[{${x},"data":"***"},{${y},"data":[3,4]}]}`,
    ],
    [
      'in an answer',
      `{"model_name":"x","outputs":[{${x},"data":[[1],[2]]}]}`,
      `{"model_name":"x","outputs":[{${x},"data":"***"}]}`,
    ],
    ['before its name', '{"inputs":[{"data":["a"],"name":"x"}]}', '{"inputs":[{"data":"***","name":"x"}]}'],
    [
      'that comes twice',
      '{"inputs":[{"data":[1],"name":"x","data":[2]}]}',
      '{"inputs":[{"data":"***","name":"x","data":"***"}]}',
    ],
    [
      'with two names',
      '{"inputs":[{"name":"y","data":[1],"name":"x"}]}',
      '{"inputs":[{"name":"y","data":"***","name":"x"}]}',
    ],
    [
      'with two names',
      '{"inputs":[{"name":"x","data":[1],"name":"y"}]}',
      '{"inputs":[{"name":"x","data":"***","name":"y"}]}',
    ],
    [
      'in two lists',
      '{"inputs":[],"inputs":[{"name":"x","data":[1]}]}',
      '{"inputs":[],"inputs":[{"name":"x","data":"***"}]}',
    ],
    [
      'spelled with escapes',
      '{"\\u0069nputs":[{"n\\u0061me":"\\u0078","dat\\u0061":[1]}]}',
      '{"\\u0069nputs":[{"n\\u0061me":"\\u0078","dat\\u0061":"***"}]}',
    ],
    ['of text, not an array', '{"inputs":[{"name":"x","data":"secret"}]}', '{"inputs":[{"name":"x","data":"***"}]}'],
    [
      'beside other things',
      ' {"id":"x","inputs":[null,1,[],{"name":"x","data":[1],"more":{"data":[2]}}]} ',
      ' {"id":"x","inputs":[null,1,[],{"name":"x","data":"***","more":{"data":[2]}}]} ',
    ],
  ];

  it.each(cases)('%s is replaced', (_, text, expected) => {
    expect(redact(['tensor:x'], text)).toBe(expected);
  });

  it.each([
    '{"inputs":[{"name":"y","data":["x"]}]}',
    '{"inputs":[{"name":["x"],"data":[1]}]}',
    '{"inputs":[{"name":1,"data":[1]},{"data":[2]}]}',
    '{"parameters":[{"name":"x","data":[1]}]}',
    '{"instances":[{"name":"x","data":[1]}]}',
    '{"a":{"inputs":[{"name":"x","data":[1]}]}}',
    '[{"inputs":[{"name":"x","data":[1]}]}]',
    '{"inputs":{"name":"x","data":[1]}}',
  ])('is not seen in %s', (text) => {
    expect(redact(['tensor:x'], text)).toBe(text);
  });

  it('goes beside what paths ask for, inside it and around it', () => {
    const text = '{"inputs":[{"data":[1,2],"name":"x","parameters":{"p":1}},{"name":"y","data":[3,4]}]}';
    expect(redact(['tensor:x', 'inputs.*.data.0', 'inputs.0.parameters'], text)).toBe(
      '{"inputs":[{"data":"***","name":"x","parameters":"***"},{"name":"y","data":["***",4]}]}',
    );
    expect(redact(['tensor:x', 'inputs.0'], text)).toBe('{"inputs":["***",{"name":"y","data":[3,4]}]}');
    expect(redact(['tensor:x', 'inputs'], text)).toBe('{"inputs":"***"}');
    expect(redact(['tensor:x', '$'], text)).toBe('"***"');
  });

  it('is not that of a tensor with a list for a name', () => {
    const text = '{"inputs":[{"name":[7],"data":[1]}]}';
    expect(redact(['tensor:7'], text)).toBe(text);
  });

  it('however often it comes', () => {
    const text = `{"inputs":[{"name":"x"${',"data":"secret"'.repeat(200_000)}}]}`;
    expect(redact(['tensor:x'], text)).toBe(text.replaceAll('secret', '***'));
  });
});

it('a list or a tensor that is no JSON makes the message unreadable', () => {
  for (const inside of [
    '[{"name":"x","data":[1]}',
    '[{"name":x}]',
    '[{"name":"x" "data":[1]}]',
    '[{"data":[1,]}]',
    '[{},]',
  ]) {
    expect(redact(['tensor:x'], `{"inputs":${inside}}`)).toBeNull();
  }
});
