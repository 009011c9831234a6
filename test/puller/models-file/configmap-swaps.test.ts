// The way kubelet changes a mounted ConfigMap: a new folder, and the link `..data` swapped to it; the folder of before is deleted.
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { contentOf, recordedWatch } from '../../support/models-file/recorded-watch.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'configmap-'));
  file = join(folder, 'models.json');
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Content number n: as many models as ever, all named for it. */
function generation(n: number): string {
  return contentOf(...Array.from({ length: 20 }, (_, model) => `model-${model}-of-${n}`));
}

function swapTo(n: number): void {
  mkdirSync(join(folder, `..${n}`));
  writeFileSync(join(folder, `..${n}`, 'models.json'), generation(n));
  symlinkSync(`..${n}`, join(folder, '..data_tmp'));
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  rmSync(join(folder, `..${n - 1}`), { recursive: true, force: true });
}

function mount(): void {
  swapTo(0);
  symlinkSync('..data/models.json', file);
}

const generationOf = (name: string | undefined) => Number(name?.split('-of-')[1] ?? -1);

describe('a mounted ConfigMap', () => {
  it('is seen when ..data is swapped, again and again', async () => {
    mount();
    const recorded = recordedWatch(file);
    await using _ = recorded.watch;
    for (let n = 0; n < 6; n += 1) {
      if (n > 0) swapTo(n);
      await eventually(`content ${n} is told`, () => generationOf(recorded.names().at(-1)?.[0]) === n);
    }
    expect(recorded.names()).toHaveLength(6);
    expect(recorded.problems).toEqual([]);
  });

  it('swapped 300 times as fast as it goes is read whole each time, seldom, and ends at the last', async () => {
    mount();
    const recorded = recordedWatch(file, { doubtMs: 5_000 });
    await using _ = recorded.watch;
    const swaps = 300;
    for (let n = 1; n <= swaps; n += 1) {
      swapTo(n);
      await nextTurn();
    }
    await eventually('the last content is told', () => generationOf(recorded.names().at(-1)?.[0]) === swaps);
    let before = -1;
    for (const names of recorded.names()) {
      const numbers = new Set(names.map(generationOf));
      expect(numbers.size).toBe(1);
      expect(names).toHaveLength(20);
      expect(Math.min(...numbers)).toBeGreaterThan(before);
      before = Math.max(...numbers);
    }
    expect(recorded.told.length).toBeLessThan(swaps / 3);
    expect(recorded.problems).toEqual([]);
  });

  it('that goes away while it is swapped keeps what was told last', async () => {
    mount();
    const recorded = recordedWatch(file);
    await using watch = recorded.watch;
    await eventually('the first content is told', () => recorded.told.length === 1);
    rmSync(join(folder, '..data'));
    await eventually('it is missed', () => watch.state === 'missing');
    swapTo(1);
    await eventually('the new content is told', () => recorded.told.length === 2);
    expect(watch.state).toBe('good');
  });
});
