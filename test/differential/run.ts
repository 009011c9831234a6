// Cases in number, several at once: each goes through lanes, through node's servers, and straight to node:http.
import { seededRandom } from '../support/random.ts';
import { AgentWay } from './agent-way.ts';
import { type GeneratedAnswer, generateAnswer } from './answer-grammar.ts';
import { difference } from './compare.ts';
import { NodeWay } from './node-way.ts';
import { generateRequests } from './request-grammar.ts';
import type { Pieces } from './send-in-pieces.ts';
import { Chance } from './words.ts';

interface Mismatch {
  readonly index: number;
  readonly what: string;
  readonly request: Pieces;
  readonly answer: GeneratedAnswer;
}

export interface DifferentialRun {
  readonly seed: number;
  readonly cases: number;
  /** Cases at once. */
  readonly slots: number;
  /** First case; others of the same seed are as they were. Default 0. */
  readonly from?: number;
}

/** What differs by chance of timing is tried so often; what differs each time is a mismatch. */
const attempts = 3;

function generateCase(seed: number, index: number): { request: Pieces; answer: GeneratedAnswer } {
  const chance = new Chance(seededRandom(seed + index * 7919));
  return { request: generateRequests(chance), answer: generateAnswer(chance) };
}

export interface DifferentialReport {
  readonly mismatches: readonly Mismatch[];
  /** Cases of which at least one request reached the runtime. */
  readonly forwarded: number;
}

export async function runDifferential({ seed, cases, slots, from = 0 }: DifferentialRun): Promise<DifferentialReport> {
  const mismatches: Mismatch[] = [];
  let next = from;
  let forwarded = 0;
  const work = async (): Promise<void> => {
    await using slot = await Slot.open();
    for (let index = next++; index < from + cases; index = next++) {
      const { request, answer } = generateCase(seed, index);
      const { what, reached } = await slot.compare(request, answer);
      if (reached) forwarded += 1;
      if (what !== null) mismatches.push({ index, what, request, answer });
    }
  };
  await Promise.all(Array.from({ length: slots }, work));
  return { mismatches: mismatches.sort((a, b) => a.index - b.index), forwarded };
}

class Slot implements AsyncDisposable {
  readonly #lanes: AgentWay;
  readonly #node: AgentWay;
  readonly #direct: NodeWay;

  private constructor(lanes: AgentWay, node: AgentWay, direct: NodeWay) {
    this.#lanes = lanes;
    this.#node = node;
    this.#direct = direct;
  }

  static async open(): Promise<Slot> {
    const direct = new NodeWay();
    const [lanes, node] = await Promise.all([AgentWay.open('auto'), AgentWay.open('off'), direct.listen()]);
    return new Slot(lanes, node, direct);
  }

  async compare(request: Pieces, answer: GeneratedAnswer): Promise<{ what: string | null; reached: boolean }> {
    let what: string | null = null;
    let reached = false;
    for (let attempt = 0; attempt < attempts; attempt++) {
      const [lanes, node, direct] = await Promise.all([
        this.#lanes.run(request, answer),
        this.#node.run(request, answer),
        this.#direct.run(request),
      ]);
      what = difference(lanes, node, { direct, answer });
      reached = lanes.sent.length > 0;
      if (what === null) break;
    }
    return { what, reached };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lanes[Symbol.asyncDispose]();
    await this.#node[Symbol.asyncDispose]();
    this.#direct.close();
  }
}
