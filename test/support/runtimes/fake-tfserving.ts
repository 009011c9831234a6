// A server that behaves as TensorFlow Serving is documented to, for lack of a package of it: g3doc/serving_config.md (the config file,
// read again and again), g3doc/api_rest.md (status, predict), apis/get_model_status.proto (states), and from its sources what no page
// tells: core/aspired_versions_manager.cc (a version number that is there is not loaded from another path, one that failed is not tried
// again), sources/storage_path/file_system_storage_path_source.cc (one missing base path, and no path is looked at).
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Probed, serveHttp } from './probed.ts';

interface Servable {
  state: 'START' | 'LOADING' | 'AVAILABLE' | 'UNLOADING' | 'END';
  aspired: boolean;
  error: string | null;
  text: string;
}

interface Options {
  readonly configFile: string;
  readonly find: (seen: string) => string;
  /** --model_config_file_poll_wait_seconds, and what a load takes. */
  readonly pollMs: number;
}

export class FakeTfServing {
  /** Config files that were other than the one before. */
  readonly configs: string[] = [];
  readonly #models = new Map<string, Map<number, Servable>>();
  readonly #options: Options;
  #probed: Probed | null = null;

  /** @throws without its config file, as the real one ends at its start */
  static async start(options: Options, port = 0): Promise<FakeTfServing> {
    const server = new FakeTfServing(options);
    server.#poll();
    const timer = setInterval(() => server.#poll(), options.pollMs);
    onTestFinished(() => clearInterval(timer));
    server.#probed = await serveHttp((request, response) => server.#answer(request, response), port);
    return server;
  }

  private constructor(options: Options) {
    this.#options = options;
  }

  get port(): number {
    return this.#probed?.port ?? 0;
  }

  /** What the model answers; null: it does not serve. */
  predict(name: string): string | null {
    const available = [...(this.#models.get(name) ?? [])].filter(([, { state }]) => state === 'AVAILABLE');
    return available.toSorted(([one], [other]) => other - one)[0]?.[1].text ?? null;
  }

  async stop(): Promise<void> {
    await this.#probed?.stop();
    this.#models.clear();
  }

  #poll(): void {
    const text = readFileSync(this.#options.configFile, 'utf8');
    if (text !== this.configs.at(-1)) this.configs.push(text);
    const wanted = readConfig(text);
    const paths = [...wanted].map(([name, base]) => [name, this.#options.find(base)] as const);
    if (paths.some(([, path]) => !existsSync(path))) return;
    for (const [name, path] of paths) this.#aspire(name, path);
    for (const name of this.#models.keys()) if (!wanted.has(name)) this.#aspire(name, null);
    for (const versions of this.#models.values()) step(versions);
  }

  #aspire(name: string, path: string | null): void {
    const versions = this.#models.get(name) ?? new Map<number, Servable>();
    this.#models.set(name, versions);
    const numbers = path === null ? [] : readdirSync(path).filter((child) => /^\d+$/.test(child));
    const newest = Math.max(...numbers.map(Number));
    for (const [number, servable] of versions) if (number !== newest) servable.aspired = false;
    if (path === null || newest < 0 || versions.get(newest)?.aspired) return;
    const before = versions.get(newest);
    if (before !== undefined && before.state !== 'END') return; // when it has ended
    const file = join(path, String(newest), 'saved_model.pb');
    const text = existsSync(file) ? readFileSync(file, 'utf8') : 'broken: no such file';
    versions.set(newest, { state: 'START', aspired: true, error: null, text });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const name = decodeURIComponent(request.url?.replace('/v1/models/', '') ?? '');
    const versions = this.#models.get(name);
    if (versions === undefined || versions.size === 0) {
      response.writeHead(404).end(JSON.stringify({ error: `Could not find any versions of model ${name}` }));
      return;
    }
    const list = [...versions].map(([number, { state, error }]) => ({
      version: String(number),
      state,
      status: { error_code: error === null ? 'OK' : 'INTERNAL', error_message: error ?? '' },
    }));
    response.end(JSON.stringify({ model_version_status: list }, null, 1));
  }
}

/** One state further, a new version before the old one goes (AvailabilityPreservingPolicy). */
function step(versions: Map<number, Servable>): void {
  const aspired = [...versions.values()].filter((servable) => servable.aspired);
  const covered = aspired.length === 0 || aspired.some(({ state }) => state === 'AVAILABLE');
  for (const servable of versions.values()) {
    if (servable.state === 'UNLOADING') servable.state = 'END';
    else if (!servable.aspired && servable.state !== 'END' && covered) servable.state = 'UNLOADING';
    else if (servable.state === 'START') servable.state = 'LOADING';
    else if (servable.state === 'LOADING') {
      const broken = servable.text.startsWith('broken');
      servable.state = broken ? 'END' : 'AVAILABLE';
      servable.error = broken ? `Could not load: ${servable.text}` : null;
    }
  }
}

/** A reader of its own, of no more of the text format than a list of models needs. */
function readConfig(text: string): Map<string, string> {
  const tokens = text.replaceAll(/#.*$/gm, '').match(/"(?:[^"\\\n]|\\.)*"|[\w]+|[{}:]|\S/g) ?? [];
  const flat = tokens.join(' ');
  if (!/^model_config_list \{ (config \{ (\w+ : "(?:[^"\\]|\\.)*" )+\} )*\}$/.test(flat))
    throw new Error(`not a config: ${text}`);
  const models = [...flat.matchAll(/config \{ (?<fields>(?:\w+ : "(?:[^"\\]|\\.)*" )+)\}/g)].map(({ groups }) => {
    const fields = [...(groups?.fields ?? '').matchAll(/(\w+) : ("(?:[^"\\]|\\.)*")/g)];
    return new Map(fields.map(([, key = '', value = '']) => [key, unquote(value)]));
  });
  return new Map(models.map((fields) => [fields.get('name') ?? '', fields.get('base_path') ?? '']));
}

function unquote(quoted: string): string {
  const bytes = quoted.slice(1, -1).replaceAll(/\\(?:([0-7]{1,3})|(.))/g, (_all, octal, plain) => {
    return octal === undefined ? plain : String.fromCharCode(Number.parseInt(octal, 8));
  });
  return Buffer.from(bytes, 'latin1').toString();
}
