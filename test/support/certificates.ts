// Certificates for a test, made by openssl when it runs: authorities, and what they sign.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate {
  readonly certFile: string; // PEM
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

export class CertificateFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'certificates-'));

  authority(name: string): Certificate {
    const { certFile, keyFile } = this.#files(name);
    const subject = ['-subj', `/CN=${name}`, '-days', '3650'];
    openssl(['req', '-x509', ...newKey, '-keyout', keyFile, '-out', certFile, ...subject]);
    return this.#read(name);
  }

  /** `names`: such as DNS:localhost or IP:127.0.0.1. `days` may be negative: expired. */
  signed(name: string, { by, names, days = 30 }: { by: Certificate; names: string; days?: number }): Certificate {
    const { certFile, keyFile } = this.#files(name);
    const request = join(this.path, `${name}.csr`);
    const asked = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${names}`];
    openssl(['req', '-new', ...newKey, '-keyout', keyFile, '-out', request, ...asked]);
    const signer = ['-CA', by.certFile, '-CAkey', by.keyFile, '-CAcreateserial', '-copy_extensions', 'copyall'];
    openssl(['x509', '-req', '-in', request, '-out', certFile, '-days', String(days), ...signer]);
    return this.#read(name);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }

  #files(name: string): { certFile: string; keyFile: string } {
    return { certFile: join(this.path, `${name}.crt`), keyFile: join(this.path, `${name}.key`) };
  }

  #read(name: string): Certificate {
    const files = this.#files(name);
    return { ...files, cert: readFileSync(files.certFile, 'utf8'), key: readFileSync(files.keyFile, 'utf8') };
  }
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

function openssl(args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' });
}
