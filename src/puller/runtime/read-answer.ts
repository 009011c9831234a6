// A runtime's answer as it should be: JSON of this shape; anything else is refused with what came instead.
import * as v from 'valibot';
import { OutriggerError } from '../../errors.ts';
import { wordsOf } from './refusal-words.ts';
import type { RuntimeAnswer } from './runtime-call.ts';

interface Expected<Schema> {
  readonly schema: Schema;
  /** What to look at when another kind of server answers. */
  readonly remedy: string;
}

/** @throws OutriggerError MODEL_LOAD_FAILED: a failure, another kind of server, or another version of it */
export function readAnswer<Schema extends v.GenericSchema>(
  answer: RuntimeAnswer,
  { schema, remedy }: Expected<Schema>,
): v.InferOutput<Schema> {
  if (answer.status < 300 && !answer.cut) {
    const read = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), answer.text);
    if (read.success) return read.output;
  }
  const words = `the runtime answered ${answer.status}: ${wordsOf(answer.text)}`;
  throw new OutriggerError('MODEL_LOAD_FAILED', `${words}; ${remedy}`);
}
