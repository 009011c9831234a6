// Servers for the client's tests: answers written byte by byte, and what was asked and how many connections there were.
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

export interface Asked {
  readonly text: string; // the head of the request, as it came
  readonly connection: number; // 1, 2, ...
}

/** Called for each request with its socket; writes what it likes. */
export type Script = (socket: Socket, asked: Asked) => void;

export class ScriptedStore implements AsyncDisposable {
  readonly asked: Asked[] = [];
  readonly sockets = new Set<Socket>();
  connections = 0;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(script: Script, tls: TlsOptions | null = null): Promise<ScriptedStore> {
    const server = tls === null ? createServer({ noDelay: true }) : createTlsServer(tls);
    const store = new ScriptedStore(server);
    server.on(tls === null ? 'connection' : 'secureConnection', (socket: Socket) => store.#serve(socket, script));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return store;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  url(path = '/object', scheme = 'http'): URL {
    return new URL(`${scheme}://127.0.0.1:${this.port}${path}`);
  }

  #serve(socket: Socket, script: Script): void {
    this.connections += 1;
    const connection = this.connections;
    let held = '';
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes: Buffer) => {
      held += bytes.toString('latin1');
      for (let end = held.indexOf('\r\n\r\n'); end >= 0; end = held.indexOf('\r\n\r\n')) {
        const asked = { text: held.slice(0, end + 4), connection };
        held = held.slice(end + 4);
        this.asked.push(asked);
        script(socket, asked);
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
