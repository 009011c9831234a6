// Did both ways tell the runtime and the client the same, and did neither take what node:http alone would not?
import type { SentRequest } from '../support/strict-request.ts';
import type { Seen } from './agent-way.ts';
import type { GeneratedAnswer } from './answer-grammar.ts';
import type { NodeRequest } from './node-way.ts';
import { ownErrorBody, type ReadAnswer, readAnswers } from './read-answers.ts';
import { oddIn } from './stricter.ts';

export interface Beside {
  /** What node:http reads from the same bytes. */
  readonly direct: readonly NodeRequest[];
  readonly answer: GeneratedAnswer;
}

/** Null: the same. Else what differs, in one line. */
export function difference(lane: Seen, node: Seen, { direct, answer }: Beside): string | null {
  if (lane.hung !== node.hung || lane.hung) return `hung: lanes ${lane.hung}, node ${node.hung}`;
  if (lane.unsound !== null) return `unsound bytes upstream: ${lane.unsound}`;
  const methods = direct.map(({ method }) => method);
  const read = ({ client, reset }: Seen) =>
    readAnswers({ bytes: client, reset, methods }).map((one) => withoutLostPhrase(one, answer));
  const [ofLane, ofNode] = [read(lane), read(node)];
  return (
    compareSent({ sent: lane.sent, answers: ofLane.length }, { sent: node.sent, answers: ofNode.length }) ??
    compareDirect(lane.sent, direct) ??
    compareAnswers(ofLane, ofNode, oddIn(answer).length > 0)
  );
}

/** undici keeps only the last piece of a reason phrase that comes in several reads, and decodes it, which node may encode twice. */
function withoutLostPhrase(answer: ReadAnswer, { cuts }: GeneratedAnswer): ReadAnswer {
  if (cuts.length === 0 && /^[\x20-\x7e]*$/.test(answer.statusLine)) return answer;
  return { ...answer, statusLine: answer.statusLine.slice(0, 'HTTP/1.1 200'.length) };
}

interface Side {
  readonly sent: readonly SentRequest[];
  readonly answers: number;
}

/** Both in no order, each once: requests may share connections or not, and a stale connection makes one go twice. */
function compareSent(lane: Side, node: Side): string | null {
  return onlyBy('the lane', lane, node) ?? onlyBy('node', node, lane);
}

/**
 * One that waits behind another when its client ends is sent or not, as it comes: the lane has one at a time, node:http all of
 * them, and gives up those that are not sent yet. Whoever answers as many must have sent it.
 */
function onlyBy(name: string, side: Side, other: Side): string | null {
  const [sent, otherSent] = [side, other].map((each) => new Set(each.sent.map(toldOf))) as [Set<string>, Set<string>];
  if (other.answers < side.answers || (otherSent.size > 0 && other.answers < sent.size)) return null; // compareAnswers has a look
  for (const request of sent) if (!otherSent.has(request)) return `only by ${name}: ${request}`;
  return null;
}

const ofTheWay = ['connection', 'content-length', 'transfer-encoding'];

function toldOf({ method, target, fields, body, trailers }: SentRequest): string {
  const told = fields
    .filter(([name]) => !ofTheWay.includes(name.toLowerCase()))
    .map(([name, value]) => [name.toLowerCase() === 'host' ? 'host' : name, value]);
  return JSON.stringify({ method, target, told, body, trailers });
}

/** What went upstream is what node:http reads: no request of its own making, no other body. */
function compareDirect(lane: readonly SentRequest[], direct: readonly NodeRequest[]): string | null {
  for (const { method, target, body } of lane) {
    const known = direct.some((one) => one.method === method && one.target.endsWith(target) && one.body === body);
    const root = target === '/' && direct.some((one) => one.method === method && one.body === body);
    if (!known && !root) return `node:http reads no such request: ${JSON.stringify({ method, target, body })}`;
  }
  return null;
}

/** `odd`: the runtime's answer is one that only the lane refuses. */
function compareAnswers(lane: readonly ReadAnswer[], node: readonly ReadAnswer[], odd: boolean): string | null {
  const count = Math.max(lane.length, node.length);
  for (let i = 0; i < count; i++) {
    const [one, other] = [lane[i], node[i]];
    if (isBroken(one) && (odd || isBroken(other))) return null; // nothing follows a broken answer
    // node:http has requests that came together all at the runtime: the first answer that breaks takes those in front of it along.
    if (other === undefined && lane.slice(i).some(isBroken)) return null;
    // What is no request is refused behind the answers owed, if its client has not ended by then; by which word is a matter of reads.
    if (isRefusal(one ?? other) && (one === undefined || other === undefined || isRefusal(other))) return null;
    if (JSON.stringify(one) !== JSON.stringify(other)) {
      return `answer ${i}: lanes ${JSON.stringify(one)}, node ${JSON.stringify(other)}`;
    }
  }
  return null;
}

/** Cut short, or the gateway's error that stands for it when nothing was passed on yet: which of the two is a matter of reads. */
function isBroken(answer: ReadAnswer | undefined): boolean {
  return answer === undefined || !answer.whole || answer.statusLine.startsWith('HTTP/1.1 502');
}

function isRefusal(answer: ReadAnswer | undefined): boolean {
  return answer !== undefined && answer.body === ownErrorBody && /^HTTP\/1\.1 (4\d\d|501)/.test(answer.statusLine);
}
