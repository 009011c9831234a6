// The paths that a pull will write: each once, and none of them both a file and a folder.
import { OutriggerError } from '../../errors.ts';
import { shownText } from './shown-text.ts';

export class PlannedPaths {
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>();

  /** Files. */
  get count(): number {
    return this.#files.size;
  }

  isFolder(path: string): boolean {
    return this.#folders.has(path);
  }

  /** `path`: safe (safe-path.ts). @throws OutriggerError UNSAFE_PATH when it meets an earlier one */
  add(path: string): void {
    if (this.#files.has(path)) this.refuse(path);
    if (this.#folders.has(path)) this.#refuseFolder(path);
    this.#files.add(path);
    // From the deepest up: where one is known, those above it are too.
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end);
      if (this.#files.has(folder)) this.#refuseFolder(folder);
      if (this.#folders.has(folder)) return;
      this.#folders.add(folder);
    }
  }

  /** @throws OutriggerError UNSAFE_PATH */
  refuse(path: string): never {
    throw new OutriggerError('UNSAFE_PATH', `"${shownText(path)}" comes twice; nothing was kept`);
  }

  #refuseFolder(path: string): never {
    throw new OutriggerError(
      'UNSAFE_PATH',
      `"${shownText(path)}" would be a file and a folder; leave one out by --ignore-patterns; nothing was kept`,
    );
  }
}
