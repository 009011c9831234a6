// Whom does a store's certificate have to be signed by? The system's authorities and those of the configured files, read once.
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { type ConnectionOptions, createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import type { StoreTls } from '../../config/storage-config.ts';
import { OutriggerError } from '../../errors.ts';
import type { Endpoint } from './proxy.ts';

const certificate = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
const maxSessions = 256;

export class StoreTrust {
  readonly #verify: boolean;
  readonly #own: readonly string[];
  #context: SecureContext | null = null; // some 20 ms of work, which plain http does without
  readonly #sessions = new Map<string, Buffer>(); // by host and port: a second connection's handshake is short

  /** @throws OutriggerError CONFIG_INVALID: a file of authorities is unusable */
  constructor({ caFiles, verify }: StoreTls) {
    this.#verify = verify;
    // Whom nobody is checked against need not be there: KServe's initializer does not look for them then, either.
    this.#own = verify ? caFiles.flatMap(readAuthorities) : [];
  }

  optionsFor({ host, port }: Endpoint): ConnectionOptions {
    this.#context ??= createSecureContext({ ca: [...systemAuthorities(), ...this.#own] });
    const session = this.#sessions.get(`${host} ${port}`);
    return {
      secureContext: this.#context,
      rejectUnauthorized: this.#verify,
      ALPNProtocols: ['http/1.1'],
      host,
      // An address has no place in SNI (RFC 6066 3), but the certificate is checked against it nevertheless, as `host`.
      ...(isIP(host) === 0 ? { servername: host.replace(/\.$/, '') } : {}),
      ...(session === undefined ? {} : { session }),
    };
  }

  keepSession({ host, port }: Endpoint, session: Buffer): void {
    if (this.#sessions.size >= maxSessions) this.#sessions.clear();
    this.#sessions.set(`${host} ${port}`, session);
  }
}

/** Node's list, which comes with it, and the machine's; an own `ca` stands in place of both. */
function systemAuthorities(): Set<string> {
  return new Set([...getCACertificates('default'), ...getCACertificates('system')].map((pem) => pem.trim()));
}

function readAuthorities(file: string): readonly string[] {
  try {
    const found = readFileSync(file, 'latin1').match(certificate) ?? [];
    if (found.length === 0) throw new Error('it holds no certificate');
    for (const pem of found) new X509Certificate(pem); // createSecureContext says nothing of one that is broken
    return found;
  } catch (error) {
    const reason = (error as Error).message;
    throw new OutriggerError('CONFIG_INVALID', `authorities for stores not read from ${file}: ${reason}`, {
      cause: error,
    });
  }
}
