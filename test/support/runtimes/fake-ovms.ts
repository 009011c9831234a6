// A server that behaves as OpenVINO Model Server is documented to, for lack of a package of it: docs/online_config_changes.md (what a
// reload does, and what errors do), docs/model_server_rest_api_tfs.md (reload: 201, 200 or an error; the status of all models), and
// src/modelversionstatus.hpp: what failed stays LOADING with an error code.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type Probed, serveHttp } from './probed.ts';

interface Version {
  state: 'LOADING' | 'AVAILABLE' | 'END';
  error: boolean;
  text: string;
}

interface Model {
  base: string;
  readonly versions: Map<number, Version>;
}

interface Options {
  readonly configFile: string;
  readonly find: (seen: string) => string;
}

export class FakeOvms {
  /** Answers to reloads. */
  readonly reloads: number[] = [];
  readonly #models = new Map<string, Model>();
  readonly #options: Options;
  #text = '';
  #probed: Probed | null = null;

  static async start(options: Options, port = 0): Promise<FakeOvms> {
    const server = new FakeOvms(options);
    server.#reload();
    server.#probed = await serveHttp((request, response) => server.#answer(request, response), port);
    return server;
  }

  private constructor(options: Options) {
    this.#options = options;
  }

  get port(): number {
    return this.#probed?.port ?? 0;
  }

  predict(name: string): string | null {
    const versions = [...(this.#models.get(name)?.versions ?? [])].filter(([, { state }]) => state === 'AVAILABLE');
    return versions.toSorted(([one], [other]) => other - one)[0]?.[1].text ?? null;
  }

  async stop(): Promise<void> {
    await this.#probed?.stop();
    this.#models.clear();
  }

  #reload(): 200 | 201 | 500 {
    const text = readFileSync(this.#options.configFile, 'utf8');
    if (text === this.#text) return 200;
    const { model_config_list: list, ...others } = JSON.parse(text);
    if (Object.keys(others).length > 0) return 500; // its schema knows no other members
    this.#text = text;
    const wanted = new Map<string, string>(
      list.map(({ config }: { config: Record<string, string> }) => [config.name, config.base_path]),
    );
    for (const [name, { versions }] of this.#models) {
      if (!wanted.has(name))
        for (const version of versions.values()) Object.assign(version, { state: 'END', error: false });
    }
    const fine = [...wanted].map(([name, base]) => this.#take(name, base));
    return fine.every(Boolean) ? 201 : 500;
  }

  /** False: the configuration is invalid and ignored, or a version of it failed. */
  #take(name: string, base: string): boolean {
    const path = this.#options.find(base);
    const numbers = existsSync(path) ? readdirSync(path).filter((child) => /^[1-9]\d*$/.test(child)) : [];
    if (numbers.length === 0) return false;
    const newest = Math.max(...numbers.map(Number));
    const model = this.#models.get(name) ?? { base, versions: new Map<number, Version>() };
    this.#models.set(name, model);
    const known = model.versions.get(newest);
    if (known?.state !== 'AVAILABLE' || model.base !== base) {
      const text = readFileSync(join(path, String(newest), 'model.onnx'), 'utf8');
      const error = text.startsWith('broken');
      model.versions.set(newest, { state: error ? 'LOADING' : 'AVAILABLE', error, text });
    }
    model.base = base;
    for (const [number, version] of model.versions) {
      if (number !== newest) Object.assign(version, { state: 'END', error: false });
    }
    return model.versions.get(newest)?.error === false;
  }

  #answer({ method, url }: IncomingMessage, response: ServerResponse): void {
    if (method === 'POST' && url === '/v1/config/reload') {
      const status = this.#reload();
      this.reloads.push(status);
      const error = { error: 'Reloading config file failed. Check server logs for more info.' };
      response.writeHead(status).end(JSON.stringify(status === 500 ? error : this.#states()));
    } else if (method === 'GET' && url === '/v1/config') response.end(JSON.stringify(this.#states()));
    else response.writeHead(404).end(JSON.stringify({ error: 'Invalid request URL' }));
  }

  #states(): unknown {
    const code = (error: boolean): string => (error ? 'UNKNOWN' : 'OK');
    return Object.fromEntries(
      [...this.#models].map(([name, { versions }]) => {
        const list = [...versions].map(([number, { state, error }]) => {
          return { version: String(number), state, status: { error_code: code(error), error_message: code(error) } };
        });
        return [name, { model_version_status: list }];
      }),
    );
  }
}
