// The built `outrigger pull` and Azurite: all forms of URIs, key, SAS, bearer tokens, service principal, workload identity, TLS.
import { writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { join } from 'node:path';
import {
  BlobServiceClient,
  type ContainerClient,
  ContainerSASPermissions,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { CertificateFolder } from '../../support/certificates.ts';
import { AzureAuthority } from '../../support/stores/azure-authority.ts';
import { Azurite, azuriteAccount, azuriteKey } from '../../support/stores/azurite.ts';
import type { Verdict } from '../compare.ts';
import type { StoreSuite } from './claims.ts';
import { type Files, judgePull, judgeRefusal } from './pulled.ts';
import { bytesFor, manyFiles, manyKeys, oddFiles, sizedFiles } from './s3-models.ts';

const owner = new StorageSharedKeyCredential(azuriteAccount, azuriteKey);
const blobUri = `https://${azuriteAccount}.blob.core.windows.net/models`;
const few: Files = { 'a/weights': bytesFor('weights', 3_000_000), 'config.json': Buffer.from('{}') };

/** `folder`: for tokens. */
export async function checkAzurePulls(suite: StoreSuite): Promise<Verdict[]> {
  const settled = await Promise.allSettled([pullByKey(suite), pullByToken(suite)]);
  return settled.flatMap((part, at) =>
    part.status === 'fulfilled'
      ? part.value
      : [{ name: `pulls from azurite, part ${at}`, difference: `${part.reason}` }],
  );
}

async function putFiles(container: ContainerClient, prefix: string, files: Files): Promise<void> {
  const entries = Object.entries(files);
  for (let at = 0; at < entries.length; at += 50) {
    const some = entries.slice(at, at + 50);
    await Promise.all(some.map(([path, bytes]) => container.getBlockBlobClient(`${prefix}/${path}`).uploadData(bytes)));
  }
}

function sasFor(lifeMs: number): string {
  const permissions = ContainerSASPermissions.parse('rl');
  const expiresOn = new Date(Date.now() + lifeMs);
  return generateBlobSASQueryParameters({ containerName: 'models', permissions, expiresOn }, owner).toString();
}

async function pullByKey({ program }: StoreSuite): Promise<Verdict[]> {
  await using azurite = await Azurite.start();
  const container = new BlobServiceClient(azurite.url, owner).getContainerClient('models');
  await container.create();
  const open = { AZURE_SERVICE_URL: azurite.url };
  const env = { ...open, AZURE_STORAGE_ACCESS_KEY: azuriteKey };
  const pullOf = async (name: string, prefix: string, files: Files) => {
    await putFiles(container, prefix, files);
    return judgePull(`azurite, ${name}`, { program, env, uri: `${blobUri}/${prefix}`, files });
  };
  const odd = Object.fromEntries(Object.entries(oddFiles()).filter(([path]) => !path.startsWith(' ')));
  const pull = { program, uri: `${blobUri}/few`, files: few };
  const refusal = (name: string, uri: string) =>
    judgeRefusal(`azurite, ${name}`, { program, uri, env: open, code: 'STORE_DENIED' });
  const abfs = `models@${azuriteAccount}.dfs.core.windows.net/few`;
  return [
    await pullOf('access key', 'few', few),
    await pullOf('sizes around a range', 'sizes', sizedFiles()),
    await pullOf('odd keys', 'odd', odd),
    await pullOf(`${manyKeys} blobs in pages`, 'many', manyFiles()),
    await judgePull('azurite, abfss://', { ...pull, uri: `abfss://${abfs}`, env }),
    await judgePull('azurite, abfs://', { ...pull, uri: `abfs://${abfs}`, env }),
    await judgePull('azurite, SAS', { ...pull, uri: `${pull.uri}?${sasFor(3_600_000)}`, env: open }),
    await judgePull('azurite, SAS and abfss://', { ...pull, uri: `abfss://${abfs}?${sasFor(3_600_000)}`, env: open }),
    await refusal('an expired SAS', `${pull.uri}?${sasFor(-3_600_000)}`),
    await refusal('nobody', pull.uri),
  ];
}

/** Tokens need TLS; the authority has a certificate of the same authority. */
async function pullByToken({ program, folder }: StoreSuite): Promise<Verdict[]> {
  using certificates = new CertificateFolder();
  const { certFile, cert } = certificates.authority('ca');
  const tls = certificates.signed('azure', {
    by: { certFile, cert, keyFile: join(certificates.path, 'ca.key'), key: '' },
    names: 'DNS:localhost,IP:127.0.0.1',
  });
  await using azurite = await Azurite.start({ tls });
  await using authority = await AzureAuthority.start(tls);
  const agent = new Agent({ ca: cert });
  const container = new BlobServiceClient(azurite.url, owner, { agent } as object).getContainerClient('models');
  await container.create();
  await putFiles(container, 'few', few);
  agent.destroy();
  const pull = { program, uri: `${blobUri}/few`, files: few, flags: ['--store-ca-file', certFile] };
  const open = { AZURE_SERVICE_URL: azurite.url };
  const { clientId: AZURE_CLIENT_ID, tenantId: AZURE_TENANT_ID, url: AZURE_AUTHORITY_HOST } = authority;
  const identity = { ...open, AZURE_CLIENT_ID, AZURE_TENANT_ID, AZURE_AUTHORITY_HOST };
  const tokenFile = join(folder, 'azure-federated-token');
  writeFileSync(tokenFile, authority.federatedToken);
  const principal = { ...identity, AZURE_CLIENT_SECRET: authority.clientSecret };
  const federated = { ...identity, AZURE_FEDERATED_TOKEN_FILE: tokenFile };
  const verdicts = [
    await judgePull('azurite, service principal', { ...pull, env: principal }),
    await judgePull('azurite, workload identity', { ...pull, env: federated }),
  ];
  const handedOver = { ...open, AZURE_ACCESS_TOKEN: authority.given.at(-1) ?? 'none' };
  const key = { ...open, AZURE_STORAGE_ACCESS_KEY: azuriteKey };
  return [
    ...verdicts,
    await judgePull('azurite, bearer token', { ...pull, env: handedOver }),
    await judgePull('azurite over TLS, access key', { ...pull, env: key }),
    await judgeRefusal('azurite, a wrong secret', {
      ...pull,
      env: { ...principal, AZURE_CLIENT_SECRET: 'wrong' },
      code: 'STORE_DENIED',
    }),
    await judgeRefusal('azurite over TLS, unknown authority', {
      ...pull,
      env: key,
      flags: [],
      code: 'STORE_UNREACHABLE',
    }),
  ];
}
