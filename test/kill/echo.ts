// An exchange of somebody whom no death concerns: it must get its own bytes back, all of them, and no other.
import { ClientEnd } from './client-end.ts';
import { Identity } from './identity.ts';
import type { Bystander, Place } from './run.ts';

/** Bodies beyond are streamed by the lane, and are then never sent twice. */
const smallBytes = 65_536;
/** The answer to a body of this size waits for its client, in the kernel's buffers and in the lane's. */
const dawdleFrom = 2_000_000;
const dawdleMs = 30;

/** Null: as it should be. 'stale': a streamed body met a connection that had just ended, which is a clean 502 (RFC 9112 9.3.1). */
export async function echo(
  client: ClientEnd,
  id: number,
  bodyBytes: number,
  patienceMs: number,
): Promise<string | null> {
  const identity = new Identity(id);
  client.expect('POST', identity);
  const head = `POST /echo/${String(id).padStart(9, '0')} HTTP/1.1\r\nHost: kill.test\r\nContent-Length: ${bodyBytes}\r\n\r\n`;
  const sent = client.send(Buffer.concat([Buffer.from(head), identity.body(bodyBytes)]));
  if (bodyBytes > dawdleFrom) void sent.then(() => client.pause(dawdleMs));
  const outcome = await client.outcome(patienceMs);
  const { feed } = client;
  if (feed === null || feed.wrong !== null) return `an echo got ${feed?.wrong}`;
  const status = feed.head?.text.slice(9, 12);
  if (outcome === 'complete' && status === '502' && bodyBytes > smallBytes) return 'stale';
  if (outcome !== 'complete' || status !== '200') {
    return `an echo of ${bodyBytes} bytes: ${outcome}, ${status}, ${feed.text}`;
  }
  if (feed.bodyBytes !== bodyBytes) return `an echo of ${bodyBytes} bytes came back with ${feed.bodyBytes}`;
  if (!feed.head?.text.includes(`X-Echo: ${id}\r\n`)) return 'an echo has the head of another answer';
  if (feed.unread.length + client.unasked > 0) return 'bytes behind an echo';
  return null;
}

const sizes = [0, 20, 300, 5000, 65_536, 70_000, 300_000, 1_200_000, 20, 400, 1000, 30_000, 100, 100_000, 4_000_000];

/** One connection, kept alive as long as all is well with it. */
export class EchoBystander implements Bystander {
  readonly #place: Place;
  #client: ClientEnd | null = null;

  constructor(place: Place) {
    this.#place = place;
  }

  exchange(id: number, random: () => number): Promise<string | null> {
    const { port, patienceMs } = this.#place;
    if (this.#client?.closed) this.close();
    this.#client ??= new ClientEnd(port);
    return echo(this.#client, id, sizes[Math.floor(random() * sizes.length)] as number, patienceMs);
  }

  close(): void {
    this.#client?.destroy();
    this.#client = null;
  }
}
