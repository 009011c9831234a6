// What may be wrong with a runtime for a round of requests, and how an answer of a batch may then differ from the one alone.
import { type Behaviour, defaultBehaviour } from '../../../support/oracle-runtime/behaviour.ts';
import type { Oracle } from '../../../support/oracle-runtime/oracle.ts';
import { type RuntimeAnswer, scripted } from '../../../support/oracle-runtime/runtime-answer.ts';
import type { Shown } from './received.ts';

export interface Fault {
  readonly name: string;
  readonly share: number;
  readonly behaviour?: Partial<Behaviour>;
  /** Answers bodies above this with that, whatever the model. */
  readonly large?: { readonly aboveBytes: number; readonly answer: RuntimeAnswer };
  /** Is this answer right, though it is not that of the request alone? Null: none at all. */
  readonly also?: (answer: Shown | null, alone: Shown | null) => boolean;
}

const textFailure: RuntimeAnswer = {
  status: 500,
  headers: ['Content-Type', 'text/plain'],
  body: Buffer.from('out of memory\n'),
};
const busy: RuntimeAnswer = {
  ...scripted(503, '{"error":"Exceeds maximum queue size"}'),
  headers: ['Content-Type', 'application/json', 'Retry-After', '3'],
};

/** A runtime that cannot be asked, or whose answer breaks off, is 502 to all of its batch (vector 67). */
const broken = (answer: Shown | null, alone: Shown | null): boolean =>
  answer === null ? alone === null : answer.status === 502 || !answer.complete;
/** A busy runtime is busy for all of the batch, without a second call (vector 66). */
const wasBusy = (answer: Shown | null): boolean =>
  answer?.status === 503 && answer.headers.includes('retry-after: 3') && answer.body === busy.body.toString();

/** A merged call has no id, so nobody can know that this runtime would have kept silent about one: who sent one gets it back. */
const withId = (answer: Shown | null, alone: Shown | null): boolean =>
  answer?.status === 200 && answer.body.replace(/^\{"id":"(?:[^"\\]|\\.)+",/, '{') === alone?.body;

/** It learned that this model fails without an id: merged calls have one then, and whoever forgot it gains by that. */
const gaveId = (answer: Shown | null, alone: Shown | null): boolean =>
  answer?.status === 200 && alone?.body === '{"error":"id: none is not an allowed value"}';

const faults: readonly Fault[] = [
  { name: 'none', share: 10 },
  { name: 'nests its data', share: 3, behaviour: { nested: true } },
  { name: 'invents ids', share: 3, behaviour: { ids: 'invent' } },
  { name: 'omits ids', share: 1, behaviour: { ids: 'omit' }, also: withId },
  { name: 'requires ids', share: 1, behaviour: { ids: 'required' }, also: gaveId },
  { name: 'fails in plain text', share: 2, behaviour: { plainErrors: true } },
  { name: 'answers in another order', share: 1, behaviour: { reversed: true } },
  { name: 'drops a row', share: 1, behaviour: { surplusRows: -1 } },
  { name: 'adds a row', share: 1, behaviour: { surplusRows: 1 } },
  { name: 'answers each row twice', share: 1, behaviour: { timesEachRow: 2 } },
  { name: 'has no batch dimension', share: 1, behaviour: { batchDimension: false } },
  { name: 'is busy', share: 1, behaviour: { retryAfterS: 3 } },
  { name: 'fails when much is asked', share: 2, large: { aboveBytes: 400, answer: textFailure } },
  { name: 'is busy when much is asked', share: 1, large: { aboveBytes: 400, answer: busy }, also: wasBusy },
  { name: 'cuts blobs short', share: 1, behaviour: { breaksOff: 'blob' } },
  { name: 'breaks off before an answer', share: 0.5, behaviour: { breaksOff: 'head' }, also: broken },
  { name: 'breaks off amid an answer', share: 0.5, behaviour: { breaksOff: 'body' }, also: broken },
];

export function pickFault(random: () => number): Fault {
  let left = random() * faults.reduce((sum, { share }) => sum + share, 0);
  for (const fault of faults) {
    left -= fault.share;
    if (left < 0) return fault;
  }
  return faults[0] as Fault;
}

const kinds = { m: 'sum', m2: 'sum', echo: 'echo' } as const;

export function inject(oracle: Oracle, { behaviour, large }: Fault): void {
  for (const [model, kind] of Object.entries(kinds)) oracle.behave(model, { ...defaultBehaviour(kind), ...behaviour });
  oracle.script(({ body }) => (large !== undefined && body.length > large.aboveBytes ? large.answer : null));
}
