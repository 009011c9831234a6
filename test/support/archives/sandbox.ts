// A folder to unpack into, with neighbours that nothing may touch.
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ArchiveKind } from '../../../src/storage/archive/detect-archive.ts';
import { unpackArchive } from '../../../src/storage/archive/unpack-archive.ts';

export const limits = { maxFiles: 100, maxUnpackedBytes: 1024 * 1024 };

export interface UnpackOptions {
  readonly limits?: typeof limits;
  readonly signal?: AbortSignal;
  readonly onBytes?: (bytes: number) => void;
}

export class Sandbox implements Disposable {
  readonly root: string;
  readonly into: string;
  readonly file: string;

  constructor(parent = tmpdir()) {
    this.root = mkdtempSync(join(parent, 'outrigger-archive-'));
    this.into = join(this.root, 'model', '.outrigger', 'unpack');
    this.file = join(this.root, 'model', '.outrigger', 'archive');
    mkdirSync(this.into, { recursive: true });
    writeFileSync(join(this.root, 'neighbour'), 'untouched');
    writeFileSync(join(this.root, 'model', 'weights'), 'untouched');
  }

  async unpack(kind: ArchiveKind, bytes: Uint8Array, options: UnpackOptions = {}) {
    writeFileSync(this.file, bytes);
    const { signal = new AbortController().signal, onBytes = () => undefined } = options;
    const { file, into } = this;
    return await unpackArchive({ limits, ...options, file, kind, name: 'models/one', into, signal, onBytes });
  }

  /** For the next archive. */
  empty(): void {
    rmSync(this.into, { recursive: true });
    mkdirSync(this.into);
  }

  /** Path, mode and content of all that stands in the folder. */
  unpacked(): Readonly<Record<string, string>> {
    return snapshot(this.into);
  }

  /** The same of everything around it. */
  around(): Readonly<Record<string, string>> {
    const { into, file, root } = this;
    const ours = [into, file].map((path) => path.slice(root.length + 1));
    return Object.fromEntries(
      Object.entries(snapshot(root)).filter(
        ([path]) => !ours.some((our) => path === our || path.startsWith(`${our}/`)),
      ),
    );
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

function snapshot(root: string): Readonly<Record<string, string>> {
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).toSorted();
  return Object.fromEntries(
    paths.map((path) => {
      const stats = lstatSync(join(root, path));
      const mode = (stats.mode & 0o7777).toString(8);
      return [path, stats.isFile() ? `${mode} ${readFileSync(join(root, path), 'latin1')}` : `${mode} folder`];
    }),
  );
}
