// A small Google Cloud Storage: lists in pages, media with ranges and generations, uploads; beside it, whoever gives tokens for it.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Certificate } from '../certificates.ts';
import { GcsObjects } from './gcs-objects.ts';
import { GcsTokens } from './gcs-tokens.ts';

export interface GcsAsked {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface GcsAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface GcsServerOptions {
  readonly tls?: Certificate;
  readonly pageRows?: number;
  /** public: 401 for nobody; private: for who has no token of ours, and 403 for tokens of nobody known. */
  readonly access?: 'public' | 'private' | 'public to nobody only';
  /** May replace an answer, or send one of its own over `response`; then it returns null. */
  readonly alter?: (answer: GcsAnswer, asked: GcsAsked, response: ServerResponse) => GcsAnswer | null;
}

export class GcsServer implements AsyncDisposable {
  readonly objects: GcsObjects;
  readonly tokens = new GcsTokens();
  readonly asked: GcsAsked[] = [];
  readonly #server: Server;
  readonly #options: GcsServerOptions;

  private constructor(options: GcsServerOptions) {
    this.#options = options;
    this.objects = new GcsObjects(options.pageRows ?? 1000);
    const serve = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response);
    this.#server = options.tls === undefined ? createServer(serve) : createSecureServer(options.tls, serve);
  }

  static async start(options: GcsServerOptions = {}): Promise<GcsServer> {
    const server = new GcsServer(options);
    await once(server.#server.listen(0, '127.0.0.1'), 'listening');
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.#options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await once(this.#server.close(), 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await request.toArray());
    const url = new URL(request.url as string, this.url);
    const asked = { method: request.method as string, url, headers: request.headers, body };
    this.asked.push(asked);
    const plain = this.tokens.answer(asked) ?? this.#refusal(asked) ?? this.objects.answer(asked) ?? notFound;
    const { alter = (unaltered) => unaltered } = this.#options;
    const answer = alter(plain, asked, response);
    if (answer === null) return;
    response.writeHead(answer.status, { 'content-length': String(answer.body.length), ...answer.headers });
    response.end(answer.body);
  }

  #refusal({ headers: { authorization } }: GcsAsked): GcsAnswer | null {
    const { access = 'public' } = this.#options;
    if (access === 'public to nobody only')
      return authorization === undefined ? null : jsonAnswer(403, { error: { code: 403 } });
    if (access === 'public' && authorization === undefined) return null;
    return this.tokens.valid(authorization)
      ? null
      : jsonAnswer(401, { error: { code: 401, message: 'Invalid Credentials' } });
  }
}

const notFound = jsonAnswer(404, { error: { code: 404, message: 'Not Found' } });

export function jsonAnswer(status: number, value: unknown): GcsAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=UTF-8' },
    body: Buffer.from(JSON.stringify(value)),
  };
}
