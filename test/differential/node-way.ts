// What does node:http alone read from the same bytes?
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { exchange } from './agent-way.ts';
import type { Pieces } from './send-in-pieces.ts';

export interface NodeRequest {
  readonly method: string;
  readonly target: string;
  readonly body: string; // latin1
}

/** As the agent's own server is set up: what it refuses, nobody may pass on. */
export class NodeWay {
  readonly #server: Server;
  #requests: NodeRequest[] = [];

  constructor() {
    const options = {
      insecureHTTPParser: false,
      requireHostHeader: false,
      maxHeaderSize: 65_536,
      keepAliveTimeout: 0,
      shouldUpgradeCallback: () => false,
    };
    this.#server = createServer(options, (incoming, outgoing) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', () => undefined);
      incoming.on('end', () => {
        const body = Buffer.concat(chunks).toString('latin1');
        this.#requests.push({ method: incoming.method as string, target: incoming.url as string, body });
        outgoing.end();
      });
    });
    this.#server.on('clientError', (_error, socket: Socket) => socket.destroy());
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  /** The requests that are whole. */
  async run(request: Pieces): Promise<readonly NodeRequest[]> {
    this.#requests = [];
    await exchange((this.#server.address() as AddressInfo).port, request);
    return this.#requests;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
