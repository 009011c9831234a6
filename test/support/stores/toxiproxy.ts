// Toxiproxy between a pull and a store: slow, cut, silent or gone, as it is told.
import { join } from 'node:path';
import { Program } from '../../real/program.ts';
import { cacheFolder } from '../../real/runtimes.ts';
import { freePorts } from '../free-ports.ts';

const startLimitMs = 10_000;

/** As POST /proxies/NAME/toxics takes it. */
export interface Toxic {
  readonly type: string;
  /** Part of the connections that get it; default 1. */
  readonly toxicity?: number;
  readonly attributes: Readonly<Record<string, number>>;
}

export class Toxiproxy {
  /** Of the store, through the proxy. */
  readonly url: string;
  readonly program: Program;
  readonly #api: string;

  private constructor(url: string, program: Program, api: string) {
    this.url = url;
    this.program = program;
    this.#api = api;
  }

  static async start(upstreamPort: number, logFolder: string): Promise<Toxiproxy> {
    const [apiPort, port] = (await freePorts(2)) as [number, number];
    const command = join(cacheFolder(), 'stores', 'bin', 'server');
    const args = ['-host', '127.0.0.1', '-port', String(apiPort)];
    const program = new Program({ name: 'toxiproxy', command, args, logFolder });
    const api = `http://127.0.0.1:${apiPort}`;
    await program.ready(`${api}/version`, startLimitMs);
    const proxy = new Toxiproxy(`http://127.0.0.1:${port}`, program, api);
    const listen = `127.0.0.1:${port}`;
    await proxy.#call('/proxies', { name: 'store', listen, upstream: `127.0.0.1:${upstreamPort}`, enabled: true });
    return proxy;
  }

  /** These and no others, for connections from now on. */
  async poison(toxics: readonly Toxic[]): Promise<void> {
    await this.#call('/reset', {});
    for (const [nth, { type, toxicity = 1, attributes }] of toxics.entries()) {
      const toxic = { name: `toxic${nth}`, type, stream: 'downstream', toxicity, attributes };
      await this.#call('/proxies/store/toxics', toxic);
    }
  }

  /** Connections are refused. */
  async disable(): Promise<void> {
    await this.#call('/proxies/store', { enabled: false });
  }

  async #call(path: string, body: object): Promise<void> {
    const { ok, status } = await fetch(this.#api + path, { method: 'POST', body: JSON.stringify(body) });
    if (!ok) throw new Error(`toxiproxy: ${path} answered ${status}`);
  }
}
