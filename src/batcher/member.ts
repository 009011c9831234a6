// One caller's request on its way through a batch: what it holds, and the answer that it is given exactly once.
import { OutriggerError } from '../errors.ts';
import { Cancellation } from '../http/cancellation.ts';
import type { ProxyRequest, ProxyResponse } from '../http/exchange.ts';
import type { ClientSources } from './client-sources.ts';
import type { Content } from './content.ts';
import { readGrpcTimeout } from './deadline.ts';

export interface MemberFacts {
  /** As it came, its body as whole bytes: this is what is sent when it travels alone. */
  readonly request: ProxyRequest;
  readonly content: Content;
  /** Of its client. */
  readonly sources: ClientSources;
  readonly arrivedMs: number;
}

export class Member {
  readonly request: ProxyRequest;
  readonly content: Content;
  readonly sources: ClientSources;
  /** What the policy remembers of whom it comes from. */
  readonly source: unknown;
  readonly arrivedMs: number;
  readonly rows: number;
  /** Of the decoded body. */
  readonly bytes: number;
  readonly response: Promise<ProxyResponse>;
  readonly #listeners: (() => void)[] = [];
  #onSpent: (() => void) | null = null;
  #resolve!: (response: ProxyResponse) => void;
  #reject!: (error: unknown) => void;
  #settled = false;

  constructor({ request, content, sources, arrivedMs }: MemberFacts) {
    this.request = request;
    this.content = content;
    this.sources = sources;
    this.source = sources.take();
    this.arrivedMs = arrivedMs;
    this.rows = content.request.rows;
    this.bytes = content.request.body.length;
    this.response = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** It was answered, or its client left: nobody waits for it any more. */
  get settled(): boolean {
    return this.#settled;
  }

  /** Calls back once, when it is settled. */
  onSettled(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Calls back when `spent` is called. */
  onSpent(listener: () => void): void {
    this.#onSpent = listener;
  }

  /** The runtime has read and answered the batch: nobody reads the bytes of this request any more, which may be settled or not. */
  spent(): void {
    this.#onSpent?.();
    this.#onSpent = null;
  }

  resolve(response: ProxyResponse): void {
    if (!this.#settled) this.#settle(() => this.#resolve(response));
    else if (!(response.body instanceof Uint8Array)) response.body.destroy();
  }

  reject(error: unknown): void {
    if (!this.#settled) this.#settle(() => this.#reject(error));
  }

  /** The answer first: whatever a listener does, nobody is left without one. */
  #settle(answer: () => void): void {
    this.#settled = true;
    answer();
    for (const listener of this.#listeners) listener();
  }
}

/** It is given up when its client leaves, or when the time is over that the client grants (`grpc-timeout`). */
export function openMember(facts: MemberFacts): Member {
  const { cancellation, headers } = facts.request;
  const timeoutMs = readGrpcTimeout(headers.get('grpc-timeout'));
  const member = timeoutMs === null ? new Member(facts) : openTimed(facts, timeoutMs);
  cancellation.onCancel(() => member.reject(new OutriggerError('CLIENT_GONE', 'the client left')));
  return member;
}

function openTimed(facts: MemberFacts, timeoutMs: number): Member {
  const cancellation = new Cancellation(); // told by the client's leaving and by the clock
  const member = new Member({ ...facts, request: { ...facts.request, cancellation } });
  facts.request.cancellation.onCancel(() => cancellation.cancel());
  const timer = setTimeout(() => {
    member.reject(new OutriggerError('UPSTREAM_TIMEOUT', `no answer within the ${timeoutMs} ms of its grpc-timeout`));
    cancellation.cancel();
  }, timeoutMs);
  member.onSettled(() => clearTimeout(timer));
  return member;
}
