// One death, and the verdict about it: what the client, the runtime, and the next request on the same connection saw.
import { eventually } from '../support/eventually.ts';
import type { KillCase } from './cases.ts';
import { ClientEnd, type Outcome } from './client-end.ts';
import { echo } from './echo.ts';
import { Identity } from './identity.ts';
import type { CaseRecord, KillRuntime } from './kill-runtime.ts';
import type { MessageFeed } from './message-feed.ts';
import type { Place } from './run.ts';

/** A reset may overtake what a socket's buffers hold. */
const surelyRead = 16_384;
const resendable = 65_536;

/** Null: as it should be. */
export async function runRound(runtime: KillRuntime, place: Place, id: number, kill: KillCase): Promise<string | null> {
  const { port, patienceMs } = place;
  const record = runtime.begin(id, kill);
  const client = new ClientEnd(port);
  try {
    return (await roundOf[kill.who](place, client, record)) ?? judgeRuntime(record);
  } finally {
    client.destroy();
    await eventually('half a request is over', () => record.half.size === 0, { deadlineMs: patienceMs }).catch(() =>
      runtime.problems.push(`half a request stays with the runtime: case ${id}`),
    );
    runtime.forget(id);
  }
}

type Round = (place: Place, client: ClientEnd, record: CaseRecord) => Promise<string | null>;

const roundOf: Record<KillCase['who'], Round> = {
  async runtime({ patienceMs }, client, record) {
    const { request, answer } = record.kill;
    client.expect(answer.method, new Identity(record.id));
    await client.send(request.make(record.id).bytes);
    const outcome = await client.outcome(patienceMs);
    const problem = judgeAnswer(client, outcome, record);
    const close = /\r\nconnection: close\r\n/i.test(client.feed?.head?.text ?? '');
    if (problem !== null || outcome !== 'complete' || close || client.closed) return problem;
    return await echo(client, record.id, 100, patienceMs);
  },

  async client({ patienceMs }, client, record) {
    const { request, at, death } = record.kill;
    const { bytes } = request.make(record.id);
    client.expect(request.method, new Identity(record.id));
    await client.send(bytes.subarray(0, at));
    await client.die(death);
    if (death.how === 'RST') return null;
    const outcome = await client.outcome(patienceMs);
    const status = client.feed?.head?.text.slice(9, 12);
    if (outcome === 'hung') return 'the client hangs';
    if (at < bytes.length)
      return outcome === 'closed' || /^4/.test(status ?? '') ? null : `half a request got ${status}`;
    if (status === '502' && request.bodyBytes > resendable && record.complete.length === 0) return null; // stale
    return judgeWhole(client.feed, outcome, record);
  },

  async reader({ patienceMs }, client, record) {
    const { request, at, death } = record.kill;
    client.expect('POST', new Identity(record.id));
    await client.send(request.make(record.id).bytes);
    const outcome = await client.outcome(patienceMs, at);
    if (client.feed?.wrong != null) return client.feed.wrong;
    if (outcome === 'hung') return 'the client hangs';
    client.pause();
    await client.die(death);
    return null;
  },
};

function judgeAnswer({ feed }: ClientEnd, outcome: Outcome, record: CaseRecord): string | null {
  const { answer, at, death } = record.kill;
  const { bytes } = answer.make(record.id);
  const headBytes = headOf(bytes);
  if (outcome === 'hung') return 'the client hangs';
  if (feed === null || feed.wrong !== null) return feed?.wrong ?? 'no answer was due';
  if (feed.unread.length > 0 && feed.complete) return 'bytes behind the answer';
  const cutIsWhole = answer.endsWithConnection && death.how === 'FIN' && at >= headBytes;
  if (at === bytes.length || cutIsWhole) {
    if (death.how === 'RST' && (bytes.length > surelyRead || answer.endsWithConnection)) {
      return outcome === 'complete' && answer.endsWithConnection ? 'a reset looks like a whole answer' : null;
    }
    return judgeWhole(feed, outcome, record, cutIsWhole ? at - headBytes : answer.bodyBytes);
  }
  const status = feed.head?.text.slice(9, 12);
  if (outcome === 'complete') return status === '502' ? null : `half an answer looks like a whole ${status}`;
  return at < headBytes ? `no 502, but ${status} and the end of the connection` : null;
}

/** Where the final head ends. */
function headOf(bytes: Buffer): number {
  const text = bytes.toString('latin1', 0, 1000);
  return text.indexOf('\r\n\r\n', text.lastIndexOf('HTTP/1.1 ')) + 4;
}

function judgeWhole(
  feed: MessageFeed | null,
  outcome: Outcome,
  { kill: { answer } }: CaseRecord,
  bodyBytes = answer.bodyBytes,
): string | null {
  const status = Number(feed?.head?.text.slice(9, 12));
  if (outcome !== 'complete' || status !== answer.status) return `a whole answer, but ${outcome} with ${status}`;
  if (feed?.wrong != null) return feed.wrong;
  if (feed?.bodyBytes !== bodyBytes) return `${feed?.bodyBytes} bytes of a body of ${bodyBytes}`;
  if (feed.trailers !== answer.trailers) return `trailers ${JSON.stringify(feed.trailers)}`;
  return feed.interims.length === answer.interims ? null : `${feed.interims.length} of 1xx`;
}

/** A request may go again once, on a new connection, before a byte of an answer. */
function judgeRuntime({ kill: { who, at }, complete }: CaseRecord): string | null {
  const [first, ...again] = complete;
  if (again.length === 0) return null;
  const allowed = who === 'runtime' && at === 0 && again.length === 1 && first?.reused && !again[0]?.reused;
  return allowed ? null : `${complete.length} times sent to the runtime`;
}
