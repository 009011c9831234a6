// What the agent has of the puller: the puller itself, and the stage that keeps requests for its models.
import type { Middleware } from '../http/exchange.ts';
import { gateModels } from './gate/model-gate.ts';
import { Puller, type PullerParts } from './puller.ts';

export interface Models {
  readonly puller: Puller;
  readonly gate: Middleware;
}

/** Nothing is pulled before the puller is started. */
export function openModels(parts: PullerParts): Models {
  const puller = new Puller(parts);
  return { puller, gate: gateModels(puller.models, parts.metrics.requests) };
}
