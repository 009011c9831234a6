// One death among frames, and the verdict about both calls of its connection; and calls of somebody whom it does not concern.
import { connect, type Socket } from 'node:net';
import { eventually } from '../support/eventually.ts';
import { ack, endHeaders, endStream, frame, frameType, preface } from '../support/http2-frames.ts';
import { type Death, die } from './death.ts';
import { isFailed, isWhole, SeenCalls } from './grpc-calls.ts';
import {
  answerBlock,
  answerTail,
  answerTalk,
  type CallBytes,
  dataFrames,
  type GrpcCase,
  identityOf,
  requestBlock,
  requestTalk,
} from './grpc-cases.ts';
import type { GrpcKillRuntime, GrpcRecord } from './grpc-runtime.ts';
import { settles } from './patience.ts';
import type { Bystander, Place } from './run.ts';

/** A reset may overtake what a socket's buffers hold. */
const surelyRead = 16_384;

export async function runGrpcRound(
  runtime: GrpcKillRuntime,
  place: Place,
  id: number,
  kill: GrpcCase,
): Promise<string | null> {
  const record = runtime.begin(id, kill);
  const answer = answerTalk(id, kill.bodyBytes);
  const client = new GrpcClient(place.port, (streamId) => answer.calls.find((each) => each.streamId === streamId));
  try {
    return await (kill.who === 'runtime' ? runtimeDies : clientDies)(client, record, place.patienceMs);
  } finally {
    client.destroy();
    await eventually('the runtime is left', () => record.open.size === 0, { deadlineMs: place.patienceMs }).catch(() =>
      runtime.problems.push(`a connection stays with the runtime: case ${id}`),
    );
    runtime.forget(id);
  }
}

async function runtimeDies(client: GrpcClient, { id, kill }: GrpcRecord, patienceMs: number): Promise<string | null> {
  const { bytes, calls, endsAt } = answerTalk(id, kill.bodyBytes);
  client.acknowledges = true;
  client.send(requestTalk(id, kill.bodyBytes).bytes);
  const settled = await client.until(patienceMs, () =>
    calls.every((due) => isWhole(client.call(due), due) || isFailed(client.call(due))),
  );
  if (!settled && !client.closed) return 'a call hangs';
  if (client.wrong !== null) return client.wrong;
  for (const due of calls) {
    const seen = client.call(due);
    const wasSent = kill.at >= (endsAt.get(due.streamId) as number);
    if (isWhole(seen, due)) {
      if (!wasSent) return `stream ${due.streamId} looks whole`;
    } else if (seen?.ended && !isFailed(seen))
      return `stream ${due.streamId} ended as no failure: ${seen.blocks.join()}`;
    else if (wasSent && (kill.death.how === 'FIN' || bytes.length < surelyRead)) {
      return `stream ${due.streamId} was whole and is not`;
    }
  }
  return null;
}

async function clientDies(client: GrpcClient, record: GrpcRecord, patienceMs: number): Promise<string | null> {
  const { id, kill } = record;
  const { bytes } = requestTalk(id, kill.bodyBytes);
  await client.sent(bytes.subarray(0, kill.at));
  await client.die(kill.death);
  if (!(await client.until(patienceMs, () => client.closed)) && kill.death.how === 'FIN') return 'the client hangs';
  if (client.wrong !== null) return client.wrong;
  return null;
}

/** Calls one behind the other, a new connection for each few: its windows are never opened. */
export class GrpcBystander implements Bystander {
  readonly #place: Place;
  #client: GrpcClient | null = null;
  #streamId = 1;
  #due: CallBytes | undefined;

  constructor(place: Place) {
    this.#place = place;
  }

  async exchange(id: number, random: () => number): Promise<string | null> {
    if (this.#client === null || this.#streamId > 15) this.#open();
    const client = this.#client as GrpcClient;
    const streamId = this.#streamId;
    const bodyBytes = 1 + Math.floor(random() * 5000);
    const due = { streamId, identity: identityOf(id, 1), bodyBytes, head: answerBlock(id), tail: answerTail(id) };
    this.#due = due;
    this.#streamId += 2;
    const head = frame(frameType.headers, endHeaders, streamId, requestBlock('echo', id));
    client.send(Buffer.concat([head, ...dataFrames(streamId, due.identity.body(bodyBytes), endStream)]));
    await client.until(this.#place.patienceMs, () => client.call(due)?.ended === true);
    if (client.wrong !== null) return `a bystander got ${client.wrong}`;
    return isWhole(client.call(due), due) ? null : `a bystander's call ${client.closed ? 'broke' : 'hangs'}`;
  }

  close(): void {
    this.#client?.destroy();
    this.#client = null;
  }

  #open(): void {
    this.close();
    this.#client = new GrpcClient(this.#place.port, (streamId) =>
      streamId === this.#due?.streamId ? this.#due : undefined,
    );
    this.#client.acknowledges = true;
    this.#client.send(Buffer.concat([preface, frame(frameType.settings, 0, 0)]));
    this.#streamId = 1;
  }
}

class GrpcClient {
  acknowledges = false;
  closed = false;
  readonly #socket: Socket;
  readonly #calls: SeenCalls;
  #changed: () => void = () => undefined;

  constructor(port: number, callOf: (streamId: number) => CallBytes | undefined) {
    this.#socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    this.#calls = new SeenCalls({
      ...{ skipBytes: 0, callOf },
      onFrame: ({ type, flags }) => {
        if (type !== frameType.settings || flags === ack || !this.acknowledges) return;
        this.send(frame(frameType.settings, ack, 0));
      },
    });
    const over = (): void => {
      this.closed = true;
      this.#changed();
    };
    this.#socket.on('error', () => undefined);
    this.#socket.on('end', over);
    this.#socket.on('close', over);
    this.#socket.on('data', (bytes: Buffer) => {
      this.#calls.push(bytes);
      this.#changed();
    });
  }

  get wrong(): string | null {
    return this.#calls.wrong;
  }

  call({ streamId }: CallBytes) {
    return this.#calls.calls.get(streamId);
  }

  send(bytes: Buffer): void {
    if (!this.#socket.destroyed) this.#socket.write(bytes);
  }

  /** Resolves when they have left. */
  sent(bytes: Buffer): Promise<void> {
    return new Promise((resolve) => {
      if (bytes.length === 0) this.#socket.once('connect', () => resolve());
      else this.#socket.write(bytes, () => resolve());
    });
  }

  die(death: Death): Promise<void> {
    return die(this.#socket, death);
  }

  /** False: not in time, or the connection is closed. */
  async until(patienceMs: number, claim: () => boolean): Promise<boolean> {
    const settled = (): boolean => claim() || this.closed || this.wrong !== null;
    await settles(patienceMs, settled, (changed) => {
      this.#changed = changed;
    });
    return claim();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
