// More models than there is room for: m0, m1, ... of one size, each answering its own name.
import type { ModelAgent, ModelHome } from './model-home.ts';

/** Of each model, as models.json says. */
const memory = '1M';

export interface Crowd {
  readonly home: ModelHome;
  readonly names: readonly string[];
}

/** Stored and wanted, in this order. `bytes`: of each model's large file. */
export function crowd(home: ModelHome, size: number, bytes?: number): Crowd {
  const names = Array.from({ length: size }, (_, nth) => `m${nth}`);
  for (const name of names) home.put(name, name, bytes);
  home.want(Object.fromEntries(names.map((name) => [name, { from: name, memory }])));
  return { home, names };
}

/** Under --model-memory-budget: so many of `crowd` have room. */
export function roomFor(models: number): string[] {
  return ['--model-memory-budget', `${models}M`];
}

/** Each has its request at once; those whose answer is not its own are named with what came. */
export async function wrongAnswers(agent: ModelAgent, names: readonly string[]): Promise<string[]> {
  const answers = await Promise.all(names.map((name) => agent.ask(name)));
  return names.flatMap((name, nth) => (answers[nth] === name ? [] : [`${name}: ${answers[nth]}`]));
}

export async function namesIn(agent: ModelAgent, state: string): Promise<string[]> {
  return (await agent.status()).list.filter((model) => model.state === state).map(({ name }) => name);
}

interface Work {
  readonly home: ModelHome;
  readonly agent: ModelAgent;
  readonly names: readonly string[];
  /** What the runtime takes for each of these requests; later ones take no time. */
  readonly inferMs: number;
}

/** Resolves to the answers, when a request for each is at work in the runtime. */
export async function putToWork({ home, agent, names, inferMs }: Work): Promise<readonly Promise<string | number>[]> {
  const { runtime } = home;
  const from = runtime.calls.length;
  runtime.times.inferMs = inferMs;
  const answers = names.map((name) => agent.ask(name));
  await agent.until('all are at work', () => names.every((name) => runtime.calls.indexOf(`infer ${name}`, from) >= 0));
  runtime.times.inferMs = 0;
  return answers;
}
