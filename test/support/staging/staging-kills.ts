// A pull that is killed again and again while its store changes now and then; and what must hold after each kill.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { readMarkers } from '../../../src/storage/folder/marker.ts';
import type { StoredObject } from '../../../src/storage/object-store.ts';
import { brokenFiles, objectOf } from './scripted-model.ts';

/** As one file of JavaScript: it is started for each kill, and reading forty modules would take most of its time. */
export async function bundleChild(folder: string): Promise<string> {
  const outfile = join(folder, 'staging-child.mjs');
  const entry = join(import.meta.dirname, 'staging-child.ts');
  await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm', target: 'node24' });
  return outfile;
}

export const spec = { storageUri: 's3://bucket/model' };

export class KilledPulls {
  readonly #child: string;
  readonly #target: string;
  readonly #random: () => number;
  objects: readonly StoredObject[];
  #edition = 0;
  /** `<key> <version>` or, of a part, `<key> <version> <first>`: what must not be fetched again. */
  readonly #have = new Set<string>();
  readonly problems: string[] = [];
  published = 0;
  killedWhilePublishing = 0;

  constructor({ child, target, random }: { child: string; target: string; random: () => number }) {
    this.#child = child;
    this.#target = target;
    this.#random = random;
    this.objects = this.#edit();
  }

  /** Ends by kill -9, at some line or among the renames, or by itself when `killed` is false. */
  async round(killed: boolean): Promise<void> {
    const versions = new Map(this.objects.map(({ key, version }) => [key, version]));
    const whilePublishing = killed && this.#random() < 0.5;
    const lines = killed && !whilePublishing ? 1 + Math.floor(this.#random() * 200) : Number.POSITIVE_INFINITY;
    const args = [this.#child, this.#target, JSON.stringify(spec), JSON.stringify(this.objects), String(lines)];
    const pull = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(pull, 'exit');
    const seen: string[] = [];
    for await (const line of createInterface(pull.stdout)) {
      seen.push(line);
      this.#hear(line, versions);
      if (whilePublishing && line === 'publishing') this.#killAmongRenames(pull);
    }
    const [code] = await exited;
    if (!killed && code !== 0) this.problems.push(`a pull ended with ${code}`);
    const published = seen.includes('published');
    if (seen.includes('publishing') && !published) this.killedWhilePublishing += 1;
    await this.look();
    if (published) this.published += 1;
    if (killed && (published || this.#random() < 0.3)) this.#change();
  }

  #killAmongRenames(pull: ChildProcess): void {
    const until = performance.now() + 2_000;
    while (!this.#isMoving() && performance.now() < until);
    this.#spin(this.#random() * 8);
    pull.kill('SIGKILL');
  }

  /** A marker stands for whole files alone. */
  async look(): Promise<void> {
    for (const [name, manifest] of await readMarkers(this.#target)) {
      const broken = brokenFiles(this.#target, manifest);
      if (broken.length > 0) this.problems.push(`${name} is there, and not whole: ${broken}`);
    }
  }

  #hear(line: string, versions: ReadonlyMap<string, string | null>): void {
    const [key = '', word, first] = line.split(' ');
    const object = `${key} ${versions.get(key)}`;
    if (word === 'complete') this.#have.add(object);
    if (word === 'keep') this.#have.add(`${object} ${first}`);
    if (word === 'fetch' && (this.#have.has(object) || this.#have.has(`${object} ${first}`))) {
      this.problems.push(`fetched again: ${line}`);
    }
  }

  /** The store has another edition of the model: some objects changed, some are gone, some are new. */
  #change(): void {
    this.objects = this.#edit();
    const versions = new Map(this.objects.map(({ key, version }) => [key, version]));
    for (const have of this.#have) {
      const [key = '', version] = have.split(' ');
      if (versions.get(key) !== version) this.#have.delete(have);
    }
  }

  #edit(): StoredObject[] {
    this.#edition += 1;
    return Array.from({ length: 60 }, (_, nth) => {
      const version = this.#random() < 0.3 || this.#edition === 1 ? `v${this.#edition}` : null;
      const key = `folder${nth % 7}/file${nth}`;
      const before = this.objects?.find((object) => object.key === key);
      if (before !== undefined && version === null) return before;
      return objectOf(key, `v${this.#edition}`, nth % 5 === 0 ? 9_000 : 100 + nth);
    }).filter(() => this.#random() < 0.9);
  }

  /** It is about to move files, or does it, or has done. */
  #isMoving(): boolean {
    try {
      return readFileSync(join(this.#target, '.outrigger/journal'), 'latin1').includes('{"is":"placing"');
    } catch {
      return true;
    }
  }

  /** Busy: a timer would come later than it is asked to. */
  #spin(ms: number): void {
    const until = performance.now() + ms;
    while (performance.now() < until);
  }
}
