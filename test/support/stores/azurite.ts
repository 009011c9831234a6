// Azure's own emulator as a child process: in memory, on a port of the system's choice, with tokens and TLS when asked for.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import type { AzureConfig } from '../../../src/config/storage-config.ts';
import type { AzureUri } from '../../../src/storage/stores/azure/azure-place.ts';
import type { Certificate } from '../certificates.ts';

const program = createRequire(import.meta.url).resolve('azurite/dist/src/blob/main.js');

export const azuriteAccount = 'devstoreaccount1';
/** Public: of every azurite. */
export const azuriteKey = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

export class Azurite implements AsyncDisposable {
  /** Of the account. */
  readonly url: string;
  readonly #stop: () => Promise<void>;

  private constructor(url: string, stop: () => Promise<void>) {
    this.url = url;
    this.#stop = stop;
  }

  static async start({ tls }: { readonly tls?: Certificate } = {}): Promise<Azurite> {
    const secure = tls === undefined ? [] : ['--oauth', 'basic', '--cert', tls.certFile, '--key', tls.keyFile];
    const quiet = ['--inMemoryPersistence', '--disableTelemetry', '--skipApiVersionCheck', '--disableProductStyleUrl'];
    const child = spawn(
      process.execPath,
      [program, '--blobHost', '127.0.0.1', '--blobPort', '0', ...quiet, ...secure],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const ended = once(child, 'exit');
    const stop = async () => {
      child.kill('SIGKILL'); // it keeps nothing
      await ended;
    };
    for await (const line of createInterface(child.stdout)) {
      const origin = /listens on (https?:\/\/\S+)/.exec(line)?.[1];
      if (origin !== undefined) {
        child.stdout.resume();
        return new Azurite(`${origin}/${azuriteAccount}`, stop);
      }
    }
    throw new Error('azurite ended before it listened');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
  }
}

export const noAzureCredentials: AzureConfig = {
  accountName: null,
  accountKey: null,
  accessToken: null,
  serviceUrl: null,
  clientId: null,
  clientSecret: null,
  tenantId: null,
  federatedTokenFile: null,
  authorityHost: null,
};

/** As a URI of Azure would be read: the host counts only without a service URL. */
export function azureUri(container: string, path = '', sas: string | null = null): AzureUri {
  const account = azuriteAccount;
  return { scheme: 'azure', account, host: `${account}.blob.core.windows.net`, container, path, sas };
}
