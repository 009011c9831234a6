// What the agent asks of whoever inspects exchanges: `outrigger dev` brings one, the sidecar has none.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Middleware } from './http/exchange.ts';

export interface Inspector {
  /** In front of all other stages: sees each exchange as the client does, and changes nothing of it. */
  readonly stage: Middleware;
  /** A request to the operator's port that none of its pages answers. False, without effect: not this one's either. */
  answer(request: IncomingMessage, response: ServerResponse): boolean;
}
