// A forward proxy in this process: it resolves every host to this machine, and remembers what it was asked.
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export class ScriptedProxy implements AsyncDisposable {
  readonly asked: { readonly line: string; readonly authorization: string | undefined }[] = [];
  /** Of tunnels; null: as it should be. */
  refusal: string | null = null;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<ScriptedProxy> {
    const server = createServer();
    const proxy = new ScriptedProxy(server);
    server.on('connection', (socket) => proxy.#keep(socket));
    server.on('connect', (message, socket) => proxy.#tunnel(message, socket as Socket));
    server.on('request', (message, answer) => {
      proxy.#note(message);
      const { port, pathname, search } = new URL(message.url ?? '');
      const onward = request({ host: '127.0.0.1', port, path: pathname + search, headers: message.headers });
      onward.on('response', (reply) => reply.pipe(answer.writeHead(reply.statusCode ?? 500, reply.headers))).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #tunnel(message: IncomingMessage, socket: Socket): void {
    this.#note(message);
    if (this.refusal !== null) {
      socket.end(this.refusal);
      return;
    }
    const onward = connect(Number(message.url?.split(':').at(-1)), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    this.#keep(onward);
  }

  #note({ method, url, headers }: IncomingMessage): void {
    this.asked.push({ line: `${method} ${url}`, authorization: headers['proxy-authorization'] });
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
