// What one scenario owns while it runs: a temporary folder and server processes, all gone when it is closed.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, type Core, freePort, type Server, startProcess, waitForPort } from './process.ts';

/** What a server is given of its own. */
export interface Place {
  readonly port: number;
  readonly operatorPort: number;
  readonly folder: string;
}

export interface ServerSpec {
  readonly core: Core;
  command(place: Place): Command['argv'];
}

export class Rig {
  readonly folder = mkdtempSync(join(tmpdir(), 'outrigger-bench-'));
  readonly #servers: Server[] = [];

  /** Resolves when the server accepts connections. @throws Error with the end of its output. */
  async start(spec: ServerSpec): Promise<Server> {
    const server = (await this.prepare(spec))();
    await waitForPort(server);
    return server;
  }

  /** Everything but the spawn, for those who time it; whoever calls the result watches for the port. */
  async prepare(spec: ServerSpec): Promise<() => Server> {
    const [port, operatorPort] = [await freePort(), await freePort()];
    const folder = join(this.folder, String(port));
    mkdirSync(folder, { recursive: true });
    const argv = spec.command({ port, operatorPort, folder });
    return () => {
      const server = startProcess({ core: spec.core, port, argv, outputFile: join(folder, 'output.txt') });
      this.#servers.push(server);
      return server;
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#servers.splice(0).map((each) => each.stop()));
    rmSync(this.folder, { recursive: true, force: true });
  }
}
