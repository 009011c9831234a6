// One connection of a client: sends what it is told, reads answers one by one, dies when it is told to.
import { connect, type Socket } from 'node:net';
import { type Death, die } from './death.ts';
import type { Identity } from './identity.ts';
import { MessageFeed, type MessageHead } from './message-feed.ts';
import { settles } from './patience.ts';

/** How an answer ended: whole, by the end of its connection, or not at all in time. */
export type Outcome = 'complete' | 'closed' | 'hung';

export class ClientEnd {
  feed: MessageFeed | null = null;
  /** Bytes that came while no answer was due. */
  unasked = 0;
  readonly #socket: Socket;
  #received = 0;
  #closed = false;
  #changed: () => void = () => undefined;

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const over = (): void => {
      if (this.#closed) return;
      this.#closed = true;
      this.feed?.end();
      this.#changed();
    };
    this.#socket.on('error', () => undefined);
    this.#socket.on('end', over);
    this.#socket.on('close', over);
    this.#socket.on('data', (bytes: Buffer) => {
      this.#received += bytes.length;
      if (this.feed === null || this.feed.complete) this.unasked += bytes.length;
      else this.feed.push(bytes);
      this.#changed();
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The next answer is one to `method`; a 2xx or 304 has the body of `identity`, all others a text. */
  expect(method: string, identity: Identity): void {
    this.feed = new MessageFeed({
      identityOf: ({ text }: MessageHead) => (/^HTTP\/1\.1 (2\d\d|304) /.test(text) ? identity : null),
      bodyless: ({ text }: MessageHead) => method === 'HEAD' || /^HTTP\/1\.1 (204|304) /.test(text),
      unframed: 'to the end',
    });
  }

  send(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      if (bytes.length === 0 && !this.#socket.connecting) resolve();
      else if (bytes.length === 0) this.#socket.once('connect', () => resolve());
      else this.#socket.write(bytes, () => resolve());
    });
  }

  die(death: Death): Promise<void> {
    return die(this.#socket, death);
  }

  /** For an answer's end, or until so many bytes came. */
  async outcome(patienceMs: number, atBytes = Number.POSITIVE_INFINITY): Promise<Outcome> {
    const settled = (): boolean =>
      this.#closed || this.feed?.complete === true || this.feed?.wrong != null || this.#received >= atBytes;
    await settles(patienceMs, settled, (changed) => {
      this.#changed = changed;
    });
    if (this.feed?.complete) return 'complete';
    if (this.#closed) return 'closed';
    return this.feed?.wrong != null || this.#received >= atBytes ? 'closed' : 'hung';
  }

  /** Reads nothing for so long, or any more. */
  pause(forMs: number | null = null): void {
    this.#socket.pause();
    if (forMs !== null) setTimeout(() => this.#socket.resume(), forMs);
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
