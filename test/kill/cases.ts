// Every place where somebody may die: the runtime in its answer, the client in its request, and a client that reads a long answer.
import { type Death, deaths } from './death.ts';
import {
  type AnswerShape,
  answerShapes,
  bodylessRequest,
  longAnswerShapes,
  type Message,
  type RequestShape,
  requestShapes,
  smallRequest,
} from './shapes.ts';

export interface KillCase {
  readonly who: 'runtime' | 'client' | 'reader';
  readonly request: RequestShape;
  readonly answer: AnswerShape;
  /** Bytes of the answer or of the request that are sent, or read, before the death. */
  readonly at: number;
  readonly death: Death;
}

const drawnPlaces = 24;

/** Some thousands, in order. */
export function allCases(random: () => number): KillCase[] {
  const plain = answerShapes[0] as AnswerShape;
  return [
    ...answerShapes.flatMap((answer) => {
      const request = answer.method === 'POST' ? smallRequest : bodylessRequest(answer.method);
      return cut(answer.make(0), random).map((each) => ({ who: 'runtime' as const, request, answer, ...each }));
    }),
    ...requestShapes.flatMap((request) =>
      cut(request.make(0), random).map((each) => ({ who: 'client' as const, request, answer: plain, ...each })),
    ),
    ...longAnswerShapes.flatMap((answer) =>
      drawn(answer.make(0), random).map((each) => ({ who: 'reader' as const, request: smallRequest, answer, ...each })),
    ),
  ];
}

export function describeCase({ who, request, answer, at, death }: KillCase): string {
  const place = who === 'client' ? request : answer;
  const silent = death.behindMs > 0 ? `${death.behindMs} ms of silence and ` : '';
  return `${who} in "${place.name}": ${silent}${death.how} behind ${at} of ${place.make(0).bytes.length} bytes`;
}

type Cut = Pick<KillCase, 'at' | 'death'>;

function cut(message: Message, random: () => number): Cut[] {
  const every = Array.from({ length: message.everyByteTo }, (_, at) => at).flatMap((at) =>
    deaths.map((death) => ({ at, death })),
  );
  const whole = deaths.filter(({ behindMs }) => behindMs === 0).map((death) => ({ at: message.bytes.length, death }));
  return [...every, ...(message.everyByteTo < message.bytes.length ? drawn(message, random) : []), ...whole];
}

/** Near the reads' and buffers' sizes, at the end, and anywhere. */
function drawn({ bytes: { length } }: Message, random: () => number): Cut[] {
  const near = [65_535, 65_536, 65_537, 131_072, 1_048_576, 1_048_577, length - 7, length - 2, length - 1];
  const anywhere = Array.from({ length: drawnPlaces }, () => Math.floor(random() * length));
  return [...near, ...anywhere].filter((at) => at < length).flatMap((at) => deaths.map((death) => ({ at, death })));
}
