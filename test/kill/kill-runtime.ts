// The runtime: dies in its answer where the case says so, echoes what bystanders send, and keeps account of each request.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { KillCase } from './cases.ts';
import { type Death, die } from './death.ts';
import { Identity } from './identity.ts';
import { MessageFeed, type MessageHead } from './message-feed.ts';

/** What the runtime saw of one case. */
export interface CaseRecord {
  readonly id: number;
  readonly kill: KillCase;
  /** Requests that were complete, in order; `reused`: on a connection that had carried another one. */
  readonly complete: { readonly reused: boolean }[];
  /** Connections on which it is not over. */
  readonly half: Set<Socket>;
}

/** Rounds that are over. */
const remembered = 200;
const pieceBytes = 23;
const longBytes = 200_000;
const dawdleMs = 15;

export class KillRuntime {
  readonly #server: Server;
  readonly #records = new Map<number, CaseRecord>();
  readonly #open = new Set<Socket>();
  readonly #over: number[] = [];
  /** What came that nobody sent so. */
  readonly problems: string[] = [];

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

  get openConnections(): number {
    return this.#open.size;
  }

  begin(id: number, kill: KillCase): CaseRecord {
    const record = { id, kill, complete: [], half: new Set<Socket>() };
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

const feedParts = {
  identityOf: ({ text }: MessageHead) => new Identity(idOf(text)),
  bodyless: () => false,
  unframed: 'none',
} as const;

function idOf(head: string): number {
  return Number(/^[A-Z]+ \/(?:case|echo)\/(\d{9}) /.exec(head)?.[1]);
}

class RuntimeEnd {
  readonly #socket: Socket;
  readonly #records: ReadonlyMap<number, CaseRecord>;
  readonly #problems: string[];
  #feed = new MessageFeed(feedParts);
  #carried = 0;
  #dawdled = false;
  #dead = false; // ended by this side: what still comes is seen by nobody

  constructor(socket: Socket, records: ReadonlyMap<number, CaseRecord>, problems: string[]) {
    this.#socket = socket;
    this.#records = records;
    this.#problems = problems;
    socket.on('error', () => socket.destroy());
    socket.on('end', () => socket.end());
    socket.on('data', (bytes: Buffer) => {
      if (!this.#dead) this.#read(bytes);
    });
    socket.on('close', () => {
      for (const { half } of records.values()) half.delete(socket);
    });
  }

  #record(): CaseRecord | undefined {
    const { head } = this.#feed;
    return head === null ? undefined : this.#records.get(idOf(head.text));
  }

  #read(bytes: Buffer): void {
    const feed = this.#feed;
    feed.push(bytes);
    if (feed.wrong !== null) {
      this.#problems.push(`the runtime was sent ${feed.wrong}`);
      this.#dead = true;
      this.#socket.destroy();
      return;
    }
    const record = this.#record();
    if (!feed.complete) {
      record?.half.add(this.#socket);
      this.#dawdle(feed);
      return;
    }
    record?.half.delete(this.#socket);
    const { text } = feed.head as MessageHead;
    if (feed.unread.length > 0) this.#problems.push(`${feed.unread.length} bytes behind ${text.split('\r\n', 1)[0]}`);
    this.#feed = new MessageFeed(feedParts);
    this.#dawdled = false;
    if (text.includes(' /echo/')) this.#echo(idOf(text), feed.bodyBytes);
    else if (record !== undefined) this.#answer(record, feed);
    this.#carried += 1;
  }

  /** Once in each long body: so that the lane has bytes which do not leave at once, also when its client dies meanwhile. */
  #dawdle({ bodyBytes }: MessageFeed): void {
    if (this.#dawdled || bodyBytes < longBytes) return;
    this.#dawdled = true;
    this.#socket.pause();
    setTimeout(() => this.#socket.resume(), dawdleMs);
  }

  #echo(id: number, length: number): void {
    const body = new Identity(id).body(length);
    const head = `HTTP/1.1 200 OK\r\nX-Echo: ${id}\r\n`;
    if (id % 2 === 0) {
      this.#socket.write(`${head}Content-Length: ${length}\r\n\r\n`);
      this.#socket.write(body);
    } else {
      this.#socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n${length.toString(16)}\r\n`);
      this.#socket.write(body);
      this.#socket.write('\r\n0\r\n\r\n');
    }
  }

  #answer(record: CaseRecord, { bodyBytes }: MessageFeed): void {
    const { who, request, answer, at, death } = record.kill;
    record.complete.push({ reused: this.#carried > 0 });
    if (bodyBytes !== request.bodyBytes) this.#problems.push(`a body of ${bodyBytes}, not ${request.bodyBytes} bytes`);
    if (who === 'client' && at < request.make(0).bytes.length) {
      this.#problems.push(`half a request was complete for the runtime: ${request.name}, ${at} bytes`);
    }
    const { bytes } = answer.make(record.id);
    // No answer to a client that is gone: the runtime must hear of it.
    if (who === 'client' && death.how === 'RST') record.half.add(this.#socket);
    else if (who === 'runtime') this.#send(bytes.subarray(0, at), answer.inPieces, () => this.#die(death));
    else this.#send(bytes, answer.inPieces, () => answer.endsWithConnection && this.#die({ how: 'FIN', behindMs: 0 }));
  }

  #send(bytes: Buffer, inPieces: boolean, sent: () => void): void {
    if (!inPieces || bytes.length <= pieceBytes) {
      if (bytes.length === 0) sent();
      else this.#socket.write(bytes, sent);
      return;
    }
    this.#socket.write(bytes.subarray(0, pieceBytes));
    setImmediate(() => this.#send(bytes.subarray(pieceBytes), inPieces, sent));
  }

  #die(death: Death): void {
    void die(this.#socket, death, () => {
      this.#dead = true;
    });
  }
}
