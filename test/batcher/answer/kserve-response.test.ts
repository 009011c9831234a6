import { expect, it } from 'vitest';
import { inKserveShape } from '../../../src/batcher/answer/kserve-response.ts';

function shaped(text: string, ok = true): string {
  return Buffer.from(inKserveShape(Buffer.from(text), { ok, batchId: 'u-1' })).toString();
}

it('predictions come behind a message and the id of the batch (vector A14)', () => {
  expect(shaped('{"predictions":[1]}')).toBe('{"message":"","batchId":"u-1","predictions":[1]}');
});

it('the rest of the answer stays as it was written', () => {
  const rest = ' "k" : 1.0, "predictions" : [ -0.0 ] } \n';
  expect(shaped(`\n {${rest}`)).toBe(`{"message":"","batchId":"u-1",${rest}`);
});

it.each([
  ['boom', '"boom"', false],
  ['{"error":"a \\"b\\"\\n"}', JSON.stringify('{"error":"a \\"b\\"\\n"}'), false],
  ['{"predictions":[1]}', '"{\\"predictions\\":[1]}"', false],
  ['', '""', false],
  ['{}', '"{}"', true],
  ['no JSON', '"no JSON"', true],
])('the answer %j without predictions becomes the message', (text, message, ok) => {
  expect(shaped(text, ok)).toBe(`{"message":${message},"batchId":"","predictions":null}`);
});
