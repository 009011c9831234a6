// One model `m` that changes between versions, and others beside it that stay as they are: what claims about a runtime are told of.
import { type Answer, type Ask, askByRest, type Tally, tallyDuring } from './asking.ts';
import type { ModelPod, WantedEntry } from './model-pod.ts';

export type Claims = Readonly<Record<string, () => Promise<void>>>;

export interface SceneParts {
  readonly pod: ModelPod;
  /** How clients ask, through the agent. */
  readonly asks: readonly Ask[];
  readonly others: Readonly<Record<string, string | WantedEntry>>;
}

export class Scene {
  readonly pod: ModelPod;
  readonly asks: readonly Ask[];
  /** Through the agent. */
  readonly rest: Ask;
  /** Of the runtime itself. */
  readonly direct: Ask;
  readonly #others: SceneParts['others'];

  constructor({ pod, asks, others }: SceneParts) {
    this.pod = pod;
    this.asks = asks;
    this.rest = askByRest(pod.agentPort);
    this.direct = askByRest(pod.runtimePort);
    this.#others = others;
  }

  want(uri: string): void {
    this.pod.want({ m: uri, ...this.#others });
  }

  /** One attempt decides of readiness, so that what is refused holds it up no longer. Resolves when it is ready. */
  async startAgent(flags: readonly string[] = []): Promise<void> {
    this.pod.startAgent(['--model-ready-attempts', '1', ...flags]);
    await this.pod.untilReady();
  }

  /** Of both models that serve, by each way of asking. */
  async answers(): Promise<Answer[][]> {
    const ofModel = (model: string) => Promise.all(this.asks.map((ask) => ask(model, [5, 6])));
    return [await ofModel('m'), await ofModel('other')];
  }

  /** What clients of `m` were answered while it became this version. */
  changeTo(uri: string, version: number): Promise<Tally[]> {
    return this.during(() => this.become(uri, version));
  }

  during(change: () => Promise<void>): Promise<Tally[]> {
    return tallyDuring(this.asks, 'm', change);
  }

  async become(uri: string, version: number): Promise<void> {
    this.want(uri);
    await this.pod.until(`m answers as version ${version}`, async () => (await this.rest('m', [5])) === version);
    await this.pod.until('m is ready', async () => (await this.pod.model('m'))?.state === 'ready');
  }

  /** Resolves with why. */
  async failTo(
    uri: string,
  ): Promise<{ readonly tallies: readonly Tally[]; readonly serving: boolean; reason: string }> {
    const { pod } = this;
    const tallies = await this.during(async () => {
      this.want(uri);
      await pod.until('the change has failed', async () => (await pod.model('m'))?.state === 'failed');
    });
    const { serving = false, failure } = (await pod.model('m')) ?? {};
    return { tallies, serving, reason: failure?.reason ?? '' };
  }

  async restartRuntime(): Promise<void> {
    const { pod } = this;
    await pod.killRuntime();
    await pod.until('the agent is not ready', async () => (await pod.readiness()) === 503);
    await pod.startRuntime();
    await pod.untilReady();
  }

  /** Resolves with what the agent and the runtime say of `m` then. */
  async remove(): Promise<string[]> {
    const { other } = this.#others;
    this.pod.want(other === undefined ? {} : { other });
    await this.pod.until('m is gone', async () => (await this.pod.model('m')) === undefined);
    const found = await Promise.all([this.rest('m', [1]), this.direct('m', [1])]);
    return found.map((answer) => `${answer}`.slice(0, 3));
  }
}
