// Who gives tokens for a small Google Cloud Storage: the token endpoint, the exchange of federated tokens, the metadata server.
import { createVerify, type KeyObject } from 'node:crypto';
import type { GcsAnswer, GcsAsked } from './gcs-server.ts';

export class GcsTokens {
  readonly #valid = new Set<string>();
  #given = 0;
  /** Public key of the only service account. */
  accountKey: KeyObject | null = null;
  /** The only federated token that is exchanged. */
  subjectToken: string | null = null;
  refreshToken: string | null = null;
  hasMetadata = false;

  valid(authorization: string | undefined): boolean {
    return authorization?.startsWith('Bearer ') === true && this.#valid.has(authorization.slice(7));
  }

  /** Every token that was given so far is refused from now on. */
  revoke(): void {
    this.#valid.clear();
  }

  answer({ method, url, headers, body }: GcsAsked): GcsAnswer | null {
    const form = new URLSearchParams(body.toString());
    if (method === 'POST' && url.pathname === '/token') {
      return this.#isKnown(form) ? this.#give() : json(400, { error: 'invalid_grant' });
    }
    if (method === 'POST' && url.pathname === '/sts') {
      const exchanged = form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:token-exchange';
      return exchanged && form.get('subject_token') === this.subjectToken
        ? this.#give()
        : json(400, { error: 'invalid_target' });
    }
    if (url.pathname === '/computeMetadata/v1/instance/service-accounts/default/token' && this.hasMetadata) {
      if (headers['metadata-flavor'] !== 'Google') return json(403, {});
      const given = this.#give();
      return { ...given, headers: { ...given.headers, 'metadata-flavor': 'Google' } };
    }
    return null;
  }

  #isKnown(form: URLSearchParams): boolean {
    if (form.get('grant_type') === 'refresh_token') return form.get('refresh_token') === this.refreshToken;
    const [head, claims, signature] = (form.get('assertion') ?? '').split('.');
    if (signature === undefined || this.accountKey === null) return false;
    const verifier = createVerify('RSA-SHA256').update(`${head}.${claims}`);
    return verifier.verify(this.accountKey, Buffer.from(signature, 'base64url'));
  }

  #give(): GcsAnswer {
    const token = `token-${++this.#given}`;
    this.#valid.add(token);
    return json(200, {
      access_token: token,
      expires_in: 3600,
      token_type: 'Bearer',
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    });
  }
}

function json(status: number, value: unknown): GcsAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(value)) };
}
