// Versions of models for tests: written as a pull leaves them, and looked at without the program's own eyes.
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { versionIdOf } from '../../../src/puller/model-dir/layout.ts';
import { type ModelDir, openModelDir } from '../../../src/puller/model-dir/model-dir.ts';
import type { PlacedFile } from '../../../src/storage/folder/manifest.ts';
import { markerName } from '../../../src/storage/folder/marker.ts';
import { recordingLog } from '../delivery/scripted-sink.ts';

export type Files = Readonly<Record<string, string>>;

/** Gone at the end of its block. */
export class ModelFolder implements AsyncDisposable {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), 'outrigger-models-')));
  readonly logged = recordingLog();
  readonly #open: ModelDir[] = [];

  async open(): Promise<ModelDir> {
    const dir = await openModelDir({ path: this.path, log: this.logged.log });
    this.#open.push(dir);
    return dir;
  }

  at(...names: string[]): string {
    return join(this.path, ...names);
  }

  /** Levels and models of what was logged, so far. */
  get warned(): unknown[] {
    return this.logged.lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields.model ?? fields.folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const dir of this.#open) await dir[Symbol.asyncDispose]();
    rmSync(this.path, { recursive: true, force: true });
  }
}

export function specOf(revision: number | string, more: Readonly<Record<string, unknown>> = {}) {
  return { storageUri: `s3://bucket/model-${revision}`, framework: 'sklearn', memory: '1G', ...more };
}

export function idOf(revision: number | string): string {
  return versionIdOf(specOf(revision));
}

export function writeFiles(folder: string, files: Files): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** What a pull leaves in its target. */
export function writeVersion(folder: string, { spec, files }: { spec: object; files: Files }): void {
  mkdirSync(folder, { recursive: true });
  writeFiles(folder, files);
  const placed = Object.keys(files).map((path): PlacedFile => {
    const { size: bytes, mtimeMs } = lstatSync(join(folder, path));
    return { path, bytes, mtimeMs, checksums: { crc32c: 'AAAAAA==' }, source: { key: path, version: 'v', bytes } };
  });
  // Not by the program's own draftMarker, which waits for the disk.
  writeFileSync(join(folder, markerOfSpec(spec)), JSON.stringify({ ...spec, outrigger: { files: placed } }));
}

/** Pulled and placed. Its id. */
export async function place(dir: ModelDir, name: string, revision: number | string): Promise<string> {
  const spec = specOf(revision);
  const id = dir.nextVersionId(name, spec);
  writeVersion(dir.versionFolder(name, id), { spec, files: filesOf(revision) });
  await dir.placed(name, id);
  return id;
}

export function filesOf(revision: number | string): Files {
  return { 'model.bin': `model ${revision}`, '1/weights.bin': `weights ${revision}` };
}

/** As KServe's agent leaves a model: the files, then the marker; its hash is of a print of its struct. */
export function writeGoModel(folder: string, { spec, files }: { spec: object; files: Files }): void {
  writeFiles(folder, files);
  writeFileSync(join(folder, `SUCCESS.${'5e'.repeat(32)}`), JSON.stringify(spec));
}

/** What the link leads to, by its text; null: there is none. */
export function linkText(path: string): string | null {
  return existsSync(dirname(path)) && lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()
    ? readlinkSync(path)
    : null;
}

/** Every file below, by its path. */
export function readFiles(folder: string): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const files = paths.filter((path) => lstatSync(join(folder, path)).isFile());
  return Object.fromEntries(files.map((path) => [path, readFileSync(join(folder, path), 'utf8')]));
}

export function markerOfSpec(spec: object): string {
  return markerName(spec as Record<string, unknown>);
}
