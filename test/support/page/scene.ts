// What a claim about the page in a browser is given.
import type { Browser } from 'playwright-core';
import type { DevAgent } from './dev-agent.ts';

export interface Scene {
  readonly browser: Browser;
  readonly dev: DevAgent;
  /** outrigger.cjs. */
  readonly program: string;
}

export interface Claim {
  readonly claim: string;
  /** Rejects when it does not. */
  holds(scene: Scene): Promise<void>;
}
