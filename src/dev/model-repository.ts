// Which models are loaded: the states of Triton's model repository extension, and the ways between them.
import type { Log } from '../log.ts';
import { listModelFiles, type ModelFile } from './model-files.ts';
import type { OnnxModel } from './onnx-model.ts';
import { V2Error } from './v2-error.ts';

export interface ModelRepositoryOptions {
  readonly modelDir: string;
  readonly log: Log;
  /** @throws Error: the model stays as it is and the caller learns why. */
  readonly loadModel: (model: ModelFile & { readonly name: string }) => Promise<OnnxModel>;
}

export interface IndexEntry {
  readonly name: string;
  readonly version?: string;
  readonly state?: 'LOADING' | 'READY' | 'UNLOADING' | 'UNAVAILABLE';
  readonly reason?: string;
}

interface Entry {
  state: NonNullable<IndexEntry['state']>;
  reason: string | undefined;
  version: string;
  /** Set exactly while the model may be called. */
  model: OnnxModel | null;
  /** Set while a load runs; a second load joins it. */
  loading: Promise<void> | null;
}

export class ModelRepository {
  readonly #options: ModelRepositoryOptions;
  /** Models that were loaded or tried once: only names that the folder had come in, so clients cannot make it grow. */
  readonly #entries = new Map<string, Entry>();

  constructor(options: ModelRepositoryOptions) {
    this.#options = options;
  }

  /** What is broken is logged and left UNAVAILABLE: it must not keep the others from serving. */
  async loadAll(): Promise<void> {
    const files = await listModelFiles(this.#options.modelDir);
    for (const name of files.keys()) {
      try {
        await this.load(name);
      } catch (error) {
        this.#options.log.warn({ model: name, err: error }, 'model not loaded');
      }
    }
  }

  /** @throws V2Error 404: unknown, another version, or not loaded. */
  find(name: string, version: string | undefined): OnnxModel {
    const entry = this.#entries.get(name);
    const unknown = `Request for unknown model: '${name}'`;
    if (entry === undefined) throw new V2Error(404, `${unknown} is not found`);
    if (entry.model === null) throw new V2Error(404, `${unknown} has no available versions`);
    if (version !== undefined && version !== entry.version) {
      throw new V2Error(404, `${unknown} version ${version} is not found`);
    }
    return entry.model;
  }

  /** Undefined: never loaded, and so unknown to clients. */
  state(name: string): IndexEntry['state'] {
    return this.#entries.get(name)?.state;
  }

  /** Resolves when the model serves; a loaded one is replaced without a gap. @throws V2Error 404: no such file; 400: not loadable. */
  async load(name: string): Promise<void> {
    const file = (await listModelFiles(this.#options.modelDir)).get(name);
    if (file === undefined) throw new V2Error(404, `failed to load '${name}', failed to poll from model repository`);
    const entry = this.#entries.get(name) ?? newEntry(file.version);
    this.#entries.set(name, entry);
    entry.loading ??= this.#load(name, file, entry).finally(() => {
      entry.loading = null;
    });
    await entry.loading;
  }

  /** Resolves when the last call in flight has ended and the memory is free. An unknown model is no error. */
  async unload(name: string): Promise<void> {
    const entry = this.#entries.get(name);
    // Its failure is told to whoever asked for the load.
    await entry?.loading?.catch(() => undefined);
    if (entry === undefined || entry.model === null) return;
    const { model } = entry;
    Object.assign(entry, { model: null, state: 'UNLOADING', reason: undefined });
    await model.retire();
    // A load may have come in between.
    if (entry.state === 'UNLOADING') Object.assign(entry, { state: 'UNAVAILABLE', reason: 'unloaded' });
    this.#options.log.info({ model: name }, 'model unloaded');
  }

  /** Sorted by name. A model that was never loaded has its name only. */
  async index(): Promise<readonly IndexEntry[]> {
    const files = await listModelFiles(this.#options.modelDir);
    for (const [name, entry] of this.#entries) {
      if (!files.has(name) && entry.state === 'UNAVAILABLE') this.#entries.delete(name);
    }
    const names = new Set([...files.keys(), ...this.#entries.keys()]);
    return [...names].sort().map((name) => {
      const entry = this.#entries.get(name);
      if (entry === undefined) return { name };
      const { version, state, reason } = entry;
      return { name, version, state, ...(reason === undefined ? {} : { reason }) };
    });
  }

  async unloadAll(): Promise<void> {
    await Promise.all([...this.#entries.keys()].map((name) => this.unload(name)));
  }

  async #load(name: string, file: ModelFile, entry: Entry): Promise<void> {
    if (entry.model === null) Object.assign(entry, { state: 'LOADING', reason: undefined });
    try {
      const model = await this.#options.loadModel({ name, ...file });
      const replaced = entry.model;
      Object.assign(entry, { model, version: file.version, state: 'READY', reason: undefined });
      await replaced?.retire();
      this.#options.log.info({ model: name, version: file.version }, 'model loaded');
    } catch (cause) {
      const reason = (cause as Error).message;
      if (entry.model === null) Object.assign(entry, { state: 'UNAVAILABLE', reason });
      throw new V2Error(400, `failed to load '${name}', ${reason}`, { cause });
    }
  }
}

function newEntry(version: string): Entry {
  return { state: 'LOADING', reason: undefined, version, model: null, loading: null };
}
