// Readers beside the built agent while a models.json flips as fast as the agent follows: what did they and the clients see?
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { LinkReaderReport, LinkReaderTask } from '../model-dir/link-reader.ts';
import { isBody } from '../stores/store-faults.ts';
import { AgentHome, ServedModelsClient, until } from './agent-home.ts';

export interface SwapsReport {
  /** What must not be. */
  readonly problems: readonly string[];
  readonly reads: number;
  readonly seconds: number;
}

const files = ['value.txt', 'config.json', '1/model.bin', '1/weights/part-0', '1/weights/part-1'];
const textOf = (key: string) => `${key} `.repeat(500);

/** Two models: one between the same two versions, to and fro, the other always to files that were never there before. */
export async function swapUnderReaders(program: string, swaps: number): Promise<SwapsReport> {
  await using home = await AgentHome.open({ program });
  const problems: string[] = [];
  const put = (key: string): void => {
    for (const file of files) home.store.put('models', `${key}/${file}`, textOf(key));
  };
  for (const key of ['same/A', 'same/B', 'new/0']) put(key);
  let wanted = { same: 'same/A', new: 'new/0' };
  home.want(wanted);
  await using agent = home.start();
  const client = await ServedModelsClient.of(agent);
  const isServed = async (name: keyof typeof wanted): Promise<boolean> =>
    (await client.ask(name)) === textOf(wanted[name]);
  for (const name of ['same', 'new'] as const) await until(`${name} is served`, () => isServed(name));

  const readers = ['same', 'new'].map((name) => openReader(join(home.modelDir, name)));
  const startedMs = performance.now();
  for (let swap = 1; swap <= swaps; swap += 1) {
    const before = wanted;
    wanted = { same: swap % 2 === 0 ? 'same/A' : 'same/B', new: `new/${swap}` };
    put(wanted.new);
    home.want(wanted);
    for (const name of ['same', 'new'] as const) {
      await until(
        `${name} is served`,
        async () => {
          const answer = await client.ask(name);
          if (answer === textOf(wanted[name])) return true;
          if (answer !== textOf(before[name])) problems.push(`a client got ${String(answer).slice(0, 40)} of ${name}`);
          return false;
        },
        { everyMs: 1 },
      );
    }
  }
  const seconds = (performance.now() - startedMs) / 1000;
  let reads = 0;
  for (const reader of readers) {
    const { wrong, done } = await reader.end();
    problems.push(...wrong);
    reads += done;
  }
  const fetched = home.store.requests.filter((request) => isBody(request) && request.key.startsWith('same/')).length;
  if (fetched !== 2 * files.length) problems.push(`${fetched} objects of the two versions were fetched`);
  return { problems, reads, seconds };
}

function openReader(link: string) {
  const shared = new Int32Array(new SharedArrayBuffer(8));
  const workerData: LinkReaderTask = { link, files, shared };
  const worker = new Worker(new URL('../model-dir/link-reader.ts', import.meta.url), { workerData });
  const report = once(worker, 'message') as Promise<[LinkReaderReport]>;
  return {
    async end(): Promise<{ readonly wrong: LinkReaderReport; readonly done: number }> {
      Atomics.store(shared, 1, 1);
      const [wrong] = await report;
      return { wrong, done: Atomics.load(shared, 0) };
    },
  };
}
