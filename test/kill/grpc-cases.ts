// Two calls on one connection as frames: what the client says, what the runtime answers, and every place to die in between.
import { ack, endHeaders, endStream, fieldBlock, frame, frameType, preface } from '../support/http2-frames.ts';
import { type Death, deaths } from './death.ts';
import { Identity } from './identity.ts';

/** Of one call, at one of its ends. */
export interface CallBytes {
  readonly streamId: number;
  readonly identity: Identity;
  readonly bodyBytes: number;
  /** Its first header block, and the one behind its body. */
  readonly head: Buffer;
  readonly tail: Buffer;
}

export interface Talk {
  readonly bytes: Buffer;
  readonly calls: readonly CallBytes[];
  /** By stream: where its last frame ends. */
  readonly endsAt: ReadonlyMap<number, number>;
}

export interface GrpcCase {
  readonly who: 'runtime' | 'client';
  readonly bodyBytes: number;
  readonly at: number;
  readonly death: Death;
}

export const streamIds = [1, 3];
/** Of the second call of a connection. */
const secondId = 500_000_000;
const frameBytes = 16_384;
/** Within the windows that both sides begin with. */
const sizes = [30, 25_000];
const drawnPlaces = 60;
const settings = frame(frameType.settings, 0, 0);
const settingsAck = frame(frameType.settings, ack, 0);

export function identityOf(id: number, streamId: number): Identity {
  return new Identity(streamId === streamIds[0] ? id : id + secondId);
}

export function requestBlock(kind: 'case' | 'echo', id: number): Buffer {
  return fieldBlock([
    [':method', 'POST'],
    [':scheme', 'http'],
    [':path', `/${kind}/${String(id).padStart(9, '0')}`],
    [':authority', 'kill.test'],
    ['content-type', 'application/grpc'],
  ]);
}

export function idOfBlock(block: Buffer): { readonly kind: string; readonly id: number } {
  const [, kind = '', id] = /\/(case|echo)\/(\d{9})/.exec(block.toString('latin1')) ?? [];
  return { kind, id: Number(id) };
}

const status200 = Buffer.from([0x88]); // RFC 7541 appendix A
export const answerBlock = (id: number): Buffer =>
  Buffer.concat([
    status200,
    fieldBlock([
      ['content-type', 'application/grpc'],
      ['x-of', String(id)],
    ]),
  ]);
export const answerTail = (id: number): Buffer =>
  fieldBlock([
    ['grpc-status', '0'],
    ['x-of', String(id)],
  ]);

/** All that the client says in a round. */
export function requestTalk(id: number, bodyBytes: number): Talk {
  const calls = callsOf(id, bodyBytes, requestBlock('case', id), Buffer.alloc(0));
  const frames = calls.flatMap(({ streamId, identity, head }) => [
    frame(frameType.headers, endHeaders, streamId, head),
    ...dataFrames(streamId, identity.body(bodyBytes), endStream),
  ]);
  return talk([preface, settings, ...frames], calls);
}

/** All that the runtime answers, the calls' frames one by the other. */
export function answerTalk(id: number, bodyBytes: number): Talk {
  const calls = callsOf(id, bodyBytes, answerBlock(id), answerTail(id));
  const heads = calls.map(({ streamId, head }) => frame(frameType.headers, endHeaders, streamId, head));
  const data = calls.flatMap(({ streamId, identity }) => dataFrames(streamId, identity.body(bodyBytes), 0));
  const tails = calls.map(({ streamId, tail }) => frame(frameType.headers, endHeaders | endStream, streamId, tail));
  return talk([settings, settingsAck, ...heads, ...data, ...tails.reverse()], calls);
}

export function dataFrames(streamId: number, body: Buffer, lastFlags: number): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at < body.length; at += frameBytes) {
    const flags = at + frameBytes >= body.length ? lastFlags : 0;
    frames.push(frame(frameType.data, flags, streamId, body.subarray(at, at + frameBytes)));
  }
  return frames;
}

export function allGrpcCases(random: () => number): GrpcCase[] {
  return (['runtime', 'client'] as const).flatMap((who) =>
    sizes.flatMap((bodyBytes) => {
      const { length } = (who === 'runtime' ? answerTalk(0, bodyBytes) : requestTalk(0, bodyBytes)).bytes;
      const places =
        length < frameBytes
          ? Array.from({ length: length + 1 }, (_, at) => at)
          : Array.from({ length: drawnPlaces }, () => Math.floor(random() * length));
      return places.flatMap((at) => deaths.map((death) => ({ who, bodyBytes, at, death })));
    }),
  );
}

export function describeGrpcCase({ who, bodyBytes, at, death }: GrpcCase): string {
  return `${who} in calls of ${bodyBytes} bytes: ${death.behindMs} ms of silence and ${death.how} behind ${at} bytes`;
}

function callsOf(id: number, bodyBytes: number, head: Buffer, tail: Buffer): CallBytes[] {
  return streamIds.map((streamId) => ({ streamId, identity: identityOf(id, streamId), bodyBytes, head, tail }));
}

function talk(frames: readonly Buffer[], calls: readonly CallBytes[]): Talk {
  const endsAt = new Map<number, number>();
  let at = 0;
  for (const each of frames) {
    at += each.length;
    if (each !== preface) endsAt.set(each.readUInt32BE(5), at);
  }
  return { bytes: Buffer.concat(frames), calls, endsAt };
}
