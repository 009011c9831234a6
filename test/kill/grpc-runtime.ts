// A runtime that speaks frames: dies in its answers where the case says so, and echoes the calls of bystanders.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { ack, endHeaders, endStream, type Frame, frame, frameType, preface } from '../support/http2-frames.ts';
import { type Death, die } from './death.ts';
import { isWhole, type SeenCall, SeenCalls } from './grpc-calls.ts';
import {
  answerBlock,
  answerTail,
  answerTalk,
  dataFrames,
  type GrpcCase,
  identityOf,
  idOfBlock,
  requestBlock,
  requestTalk,
  streamIds,
} from './grpc-cases.ts';

export interface GrpcRecord {
  readonly id: number;
  readonly kill: GrpcCase;
  /** Streams whose request was complete. */
  readonly complete: Set<number>;
  readonly open: Set<Socket>;
}

/** Rounds that are over. */
const remembered = 200;

export class GrpcKillRuntime {
  readonly problems: string[] = [];
  readonly #server: Server;
  readonly #records = new Map<number, GrpcRecord>();
  readonly #open = new Set<Socket>();
  readonly #over: number[] = [];

  constructor() {
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      this.#open.add(socket);
      socket.once('close', () => this.#open.delete(socket));
      new RuntimeEnd(socket, this.#records, this.problems);
    });
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  begin(id: number, kill: GrpcCase): GrpcRecord {
    const record = { id, kill, complete: new Set<number>(), open: new Set<Socket>() };
    this.#records.set(id, record);
    return record;
  }

  /** A little later: what was on its way may come yet, and is judged too. */
  forget(id: number): void {
    this.#over.push(id);
    if (this.#over.length > remembered) this.#records.delete(this.#over.shift() as number);
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
  }
}

class RuntimeEnd {
  readonly #socket: Socket;
  readonly #records: ReadonlyMap<number, GrpcRecord>;
  readonly #problems: string[];
  readonly #calls: SeenCalls;
  #record: GrpcRecord | undefined;
  #dead = false; // ended by this side: what still comes is seen by nobody

  constructor(socket: Socket, records: ReadonlyMap<number, GrpcRecord>, problems: string[]) {
    this.#socket = socket;
    this.#records = records;
    this.#problems = problems;
    this.#calls = new SeenCalls({
      skipBytes: preface.length,
      callOf: (streamId, head) => {
        const { kind, id } = idOfBlock(head);
        const identity = kind === 'echo' ? identityOf(id, 1) : identityOf(id, streamId);
        return { streamId, identity, bodyBytes: 0, head, tail: Buffer.alloc(0) };
      },
      onFrame: (each, call) => this.#onFrame(each, call),
    });
    socket.on('error', () => socket.destroy());
    socket.on('end', () => socket.end());
    socket.on('close', () => this.#record?.open.delete(socket));
    socket.on('data', (bytes: Buffer) => {
      if (!this.#dead) this.#calls.push(bytes);
      if (this.#calls.wrong !== null) this.#problems.push(`the runtime was sent ${this.#calls.wrong}`);
      this.#calls.wrong = null;
    });
  }

  #onFrame({ type, payload, flags }: Frame, call: SeenCall | undefined): void {
    if (call === undefined) return;
    const { kind, id } = idOfBlock(call.blocks[0] ?? payload);
    if (kind === 'echo') {
      if ((flags & endStream) !== 0 && type === frameType.data) this.#echo(call, id);
      return;
    }
    if (this.#record === undefined) {
      this.#record = this.#records.get(id);
      this.#record?.open.add(this.#socket);
    }
    if (call.ended && this.#record !== undefined) this.#ended(this.#record, call);
  }

  #echo({ streamId, bodyBytes }: SeenCall, id: number): void {
    if (streamId === 1)
      this.#socket.write(Buffer.concat([frame(frameType.settings, 0, 0), frame(frameType.settings, ack, 0)]));
    this.#socket.write(
      Buffer.concat([
        frame(frameType.headers, endHeaders, streamId, answerBlock(id)),
        ...dataFrames(streamId, identityOf(id, 1).body(bodyBytes), 0),
        frame(frameType.headers, endHeaders | endStream, streamId, answerTail(id)),
      ]),
    );
  }

  #ended(record: GrpcRecord, call: SeenCall): void {
    const { id, kill, complete } = record;
    const { calls, endsAt } = requestTalk(id, kill.bodyBytes);
    const due = calls.find(({ streamId }) => streamId === call.streamId);
    if (kill.who === 'client' && kill.at < (endsAt.get(call.streamId) ?? 0)) {
      this.#problems.push(`stream ${call.streamId} was complete for the runtime: ${kill.at} bytes`);
    }
    if (due === undefined || !due.head.equals(requestBlock('case', id)) || !isWhole(call, due)) {
      this.#problems.push(`a request of the runtime is another than the client's: case ${id}`);
    }
    complete.add(call.streamId);
    if (complete.size < streamIds.length) return;
    const { bytes } = answerTalk(id, kill.bodyBytes);
    if (kill.who === 'client') this.#socket.write(bytes);
    else if (kill.at === 0) this.#die(kill.death);
    else this.#socket.write(bytes.subarray(0, kill.at), () => this.#die(kill.death));
  }

  #die(death: Death): void {
    void die(this.#socket, death, () => {
      this.#dead = true;
    });
  }
}
