// Whom does an https sink's certificate have to be signed by, and who are we? Files, read again when they were rotated.
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import type { SinkTls } from '../../config/slices.ts';
import type { Log } from '../../log.ts';
import { fileStamp } from './file-stamp.ts';

const certificate = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

export class SinkTrust {
  readonly #tls: SinkTls;
  readonly #log: Log;
  readonly #files: readonly string[];
  #systemAuthorities: readonly string[] | null = null;
  #stamps: string;
  #context: SecureContext | null = null;
  #failure: Error | null = null; // why there is no context
  #generation = 0;

  constructor({ tls, log }: { readonly tls: SinkTls; readonly log: Log }) {
    this.#tls = tls;
    this.#log = log;
    this.#files = [tls.caFile, tls.certFile, tls.keyFile].filter((file) => file !== null);
    this.#stamps = this.#stampsNow();
    this.#read();
  }

  /** Another number than before: connections made before rest on files that are no longer there. */
  get generation(): number {
    return this.#generation;
  }

  /**
   * For one connection. A rotation costs some 20 ms of work. While new files are unusable (a
   * certificate without its key, as in the middle of a rotation) it stays as it was.
   * @throws when there is no usable client certificate and never was one
   */
  context(): SecureContext {
    const stamps = this.#stampsNow();
    if (stamps !== this.#stamps) {
      this.#stamps = stamps;
      this.#log.info({ files: this.#files }, 'certificates for the sink changed and are read again');
      this.#read();
    }
    if (this.#context === null) throw this.#failure;
    return this.#context;
  }

  /** Taken before the files are read, so that what changes meanwhile is seen the next time. */
  #stampsNow(): string {
    return this.#files.map(fileStamp).join();
  }

  #read(): void {
    const { certFile, keyFile } = this.#tls;
    try {
      const own =
        certFile === null || keyFile === null ? {} : { cert: readFileSync(certFile), key: readFileSync(keyFile) };
      this.#context = createSecureContext({ ca: [...this.#system(), ...this.#ownAuthorities()], ...own });
      this.#generation += 1;
    } catch (error) {
      this.#failure = new Error(`client certificate not usable: ${(error as Error).message}`, { cause: error });
      const used = this.#context === null ? 'nothing can be sent' : 'the last one is used';
      this.#log.error(
        { certFile, keyFile, reason: (error as Error).message },
        `client certificate for the sink not usable: ${used}`,
      );
    }
  }

  /** Node's list, which comes with it, and the machine's; an own `ca` stands in place of both. */
  #system(): readonly string[] {
    this.#systemAuthorities ??= [
      ...new Set([...getCACertificates('default'), ...getCACertificates('system')].map((pem) => pem.trim())),
    ];
    return this.#systemAuthorities;
  }

  #ownAuthorities(): readonly string[] {
    const { caFile, caRequired } = this.#tls;
    if (caFile === null || (!caRequired && fileStamp(caFile) === 'missing')) return [];
    try {
      const found = readFileSync(caFile, 'latin1').match(certificate) ?? [];
      if (found.length === 0) throw new Error('it holds no certificate');
      for (const pem of found) new X509Certificate(pem); // createSecureContext says nothing of one that is broken
      return found;
    } catch (error) {
      this.#log.error(
        { file: caFile, reason: (error as Error).message },
        "authorities for the sink not read: only the system's are used",
      );
      return [];
    }
  }
}
