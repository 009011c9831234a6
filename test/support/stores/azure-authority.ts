// Who gives tokens for a small Azure: an authority (Entra ID) for secrets and federated tokens, and the metadata service.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Certificate } from '../certificates.ts';

const tenant = '00000000-0000-0000-0000-0000000000aa';

export class AzureAuthority implements AsyncDisposable {
  readonly tenantId = tenant;
  readonly clientId = '00000000-0000-0000-0000-0000000000bb';
  /** The only one that is good; likewise below. */
  readonly clientSecret = 'secret-of-the-principal';
  readonly federatedToken = 'token-of-kubernetes';
  /** What was given, in order. */
  readonly given: string[] = [];
  readonly #server: Server;
  readonly #secure: boolean;

  private constructor(tls: Certificate | null) {
    const serve = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response);
    this.#secure = tls !== null;
    this.#server = tls === null ? createServer(serve) : createSecureServer(tls, serve);
  }

  /** Without a certificate: the metadata service, which everybody may ask. */
  static async start(tls: Certificate | null): Promise<AzureAuthority> {
    const authority = new AzureAuthority(tls);
    await once(authority.#server.listen(0, '127.0.0.1'), 'listening');
    return authority;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `${this.#secure ? 'https' : 'http'}://127.0.0.1:${port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await once(this.#server.close(), 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(Buffer.concat(await request.toArray()).toString());
    const { pathname } = new URL(request.url as string, this.url);
    const [status, answer] = this.#answer(pathname, form, request.headers);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }

  #answer(path: string, form: URLSearchParams, headers: IncomingMessage['headers']): [number, object] {
    const base = `${this.url}/${tenant}`;
    if (path.endsWith('/.well-known/openid-configuration')) {
      const token_endpoint = `${base}/oauth2/v2.0/token`;
      return [
        200,
        {
          token_endpoint,
          issuer: `${base}/v2.0`,
          authorization_endpoint: `${base}/authorize`,
          jwks_uri: `${base}/keys`,
        },
      ];
    }
    if (path.startsWith('/metadata/identity/oauth2/token') && headers.metadata === 'true') {
      const expires_on = String(Math.floor(Date.now() / 1000) + 3600);
      return [
        200,
        {
          access_token: this.#give(),
          expires_on,
          expires_in: '3600',
          resource: 'https://storage.azure.com',
          token_type: 'Bearer',
        },
      ];
    }
    if (path !== `/${tenant}/oauth2/v2.0/token`) return [404, {}];
    const bySecret = form.get('client_secret') === this.clientSecret;
    const federated = form.get('client_assertion') === this.federatedToken;
    if (form.get('client_id') !== this.clientId || !(bySecret || federated)) {
      return [401, { error: 'invalid_client', error_description: `AADSTS7000215 ${form.get('client_secret')}` }];
    }
    return [200, { access_token: this.#give(), expires_in: 3600, ext_expires_in: 3600, token_type: 'Bearer' }];
  }

  /** As azurite wants it: it does not look at signatures. */
  #give(): string {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      aud: 'https://storage.azure.com',
      iss: `https://sts.windows.net/${tenant}/`,
      nbf: now - 60,
      iat: now,
      exp: now + 3600,
    };
    const parts = [
      { typ: 'JWT', alg: 'RS256' },
      { ...claims, jti: this.given.length },
    ];
    const token = [...parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')), 'c2lnbmVk'].join(
      '.',
    );
    this.given.push(token);
    return token;
  }
}
