// Who vouches for a web identity? An OpenID provider on loopback: discovery, one RSA key, tokens as Kubernetes gives them.
import { createSign, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface OidcServer extends AsyncDisposable {
  readonly configUrl: string;
  /** A JSON Web Token, RS256. `lifeMs` may be negative: expired. */
  readonly token: (audience: string, lifeMs: number) => string;
}

export async function startOidcServer(): Promise<OidcServer> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const server = createServer((request, response) => {
    const pages: Readonly<Record<string, object>> = {
      '/.well-known/openid-configuration': {
        issuer,
        jwks_uri: `${issuer}/jwks`,
        authorization_endpoint: `${issuer}/none`,
        token_endpoint: `${issuer}/none`,
        response_types_supported: ['id_token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
      },
      '/jwks': { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' }] },
    };
    const page = pages[request.url ?? ''];
    response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(page ?? {}));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const token = (aud: string, lifeMs: number): string => {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: issuer,
      sub: 'system:serviceaccount:models:pull',
      aud,
      iat: now - 60,
      exp: now + lifeMs / 1000,
    };
    const text = [{ alg: 'RS256', typ: 'JWT', kid: 'one' }, claims].map(base64url).join('.');
    return `${text}.${createSign('RSA-SHA256').update(text).sign(privateKey, 'base64url')}`;
  };
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await once(server.close(), 'close');
  };
  return { configUrl: `${issuer}/.well-known/openid-configuration`, token, [Symbol.asyncDispose]: stop };
}

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
