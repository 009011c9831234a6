// A runtime that loads a model again and again, beside the thread that swaps its link: it resolves the link once, then reads files.
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';

export interface LinkReaderTask {
  readonly link: string;
  readonly files: readonly string[];
  /** [reads done, 1: stop]. */
  readonly shared: Int32Array;
}

/** What it saw that is no whole model. */
export type LinkReaderReport = readonly string[];

async function readAgainAndAgain({ link, files, shared }: LinkReaderTask): Promise<LinkReaderReport> {
  const wrong: string[] = [];
  while (Atomics.load(shared, 1) === 0) {
    try {
      const folder = realpathSync(link);
      const texts = files.map((file) => readFileSync(join(folder, file), 'utf8'));
      if (new Set(texts).size !== 1) wrong.push(texts.join(' | '));
    } catch (error) {
      wrong.push(String(error));
    }
    Atomics.add(shared, 0, 1);
    await wait(1);
  }
  return wrong;
}

parentPort?.postMessage(await readAgainAndAgain(workerData as LinkReaderTask));
