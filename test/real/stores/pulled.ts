// Does the built `outrigger pull` bring exactly what was put, and nothing the second time?

import { type PullRun, runPull } from '../../support/stores/pull-program.ts';
import { PullFolder } from '../../support/stores/pulls.ts';
import type { Verdict } from '../compare.ts';
import { expectSame, judge } from './claims.ts';

export type Files = Readonly<Record<string, Buffer>>;

export interface WholePull extends Omit<PullRun, 'target'> {
  /** By path below the target. */
  readonly files: Files;
}

export function judgePull(name: string, pull: WholePull): Promise<Verdict> {
  return judge(`pull: ${name}`, async () => {
    using folder = new PullFolder();
    const first = await runPull({ ...pull, target: folder.path });
    if (first.exitCode !== 0) throw new Error(`exit ${first.exitCode}: ${first.stdout.slice(-800)}${first.stderr}`);
    expectSameFiles(folder.files(), pull.files);
    const bytes = Object.values(pull.files).reduce((sum, { length }) => sum + length, 0);
    expectSame([folder.whole, first.result?.files, first.result?.bytes], [true, Object.keys(pull.files).length, bytes]);
    const second = await runPull({ ...pull, target: folder.path });
    expectSame([second.exitCode, second.result?.fetchedBytes], [0, 0]);
    expectSameFiles(folder.files(), pull.files);
  });
}

/** It ends with this code, and nothing that looks like a model is there. */
export function judgeRefusal(
  name: string,
  pull: Omit<PullRun, 'target'> & { readonly code: string },
): Promise<Verdict> {
  return judge(`pull: ${name}`, async () => {
    using folder = new PullFolder();
    const ended = await runPull({ ...pull, target: folder.path });
    expectSame([ended.exitCode, ended.code], [1, pull.code]);
    expectSame(folder.filesIfAny(), []);
  });
}

export function expectSameFiles(found: Files, wanted: Files): void {
  expectSame(Object.keys(found).toSorted(), Object.keys(wanted).toSorted());
  for (const [path, bytes] of Object.entries(wanted)) {
    if (found[path]?.equals(bytes) !== true) throw new Error(`${path}: other bytes than were put`);
  }
}
