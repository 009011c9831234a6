// The official S3 client as our configuration wants it: endpoint, credentials, TLS, proxies, retries. Loaded on first use.
// The `minio` client is used nowhere: it offers nothing for reading or putting that this one lacks against MinIO (checksums,
// conditions, STS), knows fewer kinds of credentials, and would be a second set of errors, agents and signatures.
import { Agent as SecureAgent } from 'node:https';
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import type { ProxyConfig, S3Config, StoreTls, TransferConfig } from '../../../config/storage-config.ts';
import { ClientAgents } from '../client-agents.ts';
import { openKeyedSha256 } from './keyed-sha256.ts';
import { type OpenChain, openCredentialChain } from './s3-credentials.ts';

export interface S3Settings {
  readonly bucket: string;
  readonly config: S3Config;
  readonly tls: StoreTls; // of STS
  readonly proxy: ProxyConfig;
  readonly transfer: TransferConfig;
}

type Sdk = typeof import('@aws-sdk/client-s3');

/** What every client of one store is made of, however often its region turns out to be another. */
export interface S3Ground {
  readonly sdk: Sdk;
  readonly settings: S3Settings;
  readonly agents: ClientAgents;
  readonly stsAgents: ClientAgents;
  readonly maxAttempts: number;
}

/** @throws OutriggerError CONFIG_INVALID: a file of authorities is unusable */
export async function openS3Ground(settings: S3Settings, maxAttempts: number): Promise<S3Ground> {
  const { config, tls, proxy } = settings;
  const agents = new ClientAgents({ tls: config.tls, proxy });
  // A store of one's own has its STS beside it, with a certificate of the same authority.
  const stsTls = {
    caFiles: [...new Set([...tls.caFiles, ...config.tls.caFiles])],
    verify: tls.verify && (config.stsEndpoint === null || config.tls.verify),
  };
  const stsAgents = new ClientAgents({ tls: stsTls, proxy });
  return { sdk: await import('@aws-sdk/client-s3'), settings, agents, stsAgents, maxAttempts };
}

export function openS3Client(ground: S3Ground, region: string): S3Client {
  const { sdk, settings, agents, maxAttempts } = ground;
  const { config } = settings;
  return new sdk.S3Client({
    region,
    maxAttempts,
    ...(config.endpoint === null ? { ignoreConfiguredEndpointUrls: true } : { endpoint: config.endpoint }),
    forcePathStyle: config.pathStyle,
    useAccelerateEndpoint: config.accelerate,
    // Other stores refuse aws-chunked trailers (radosgw: 411); Content-MD5 and our own reading of checksums stand for them.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    expectContinueHeader: false,
    sha256: openKeyedSha256(),
    requestHandler: openHandler(settings, agents, config.endpoint ?? `https://s3.${region}.amazonaws.com`),
    ...openIdentity(ground, region),
  });
}

type Identity = Pick<S3ClientConfig, 'credentials' | 'signer'>;
type Handler = NonNullable<S3ClientConfig['requestHandler']>;

function openIdentity({ sdk, settings, stsAgents }: S3Ground, region: string): Identity {
  const { config } = settings;
  if (config.anonymous) {
    const signer = { sign: async <R>(request: R) => request };
    return {
      signer: signer as NonNullable<S3ClientConfig['signer']>,
      credentials: { accessKeyId: '', secretAccessKey: '' },
    };
  }
  if (config.credentials !== null) {
    const { accessKeyId, secretAccessKey, sessionToken } = config.credentials;
    return { credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== null && { sessionToken }) } };
  }
  const stsUrl = config.stsEndpoint ?? `https://sts.${region}.amazonaws.com`;
  const requestHandler = openHandler(settings, stsAgents, stsUrl);
  const { credentialDefaultProvider } = new sdk.S3Client({ region }).config;
  const openChain = credentialDefaultProvider as OpenChain;
  return { credentials: openCredentialChain({ openChain, config, region, requestHandler }) };
}

function openHandler({ transfer }: S3Settings, agents: ClientAgents, url: string): Handler {
  const agent = agents.agentFor(new URL(url));
  return {
    ...(agent instanceof SecureAgent ? { httpsAgent: agent } : { httpAgent: agent }),
    connectionTimeout: transfer.connectTimeoutMs,
    socketTimeout: transfer.idleTimeoutMs,
  };
}
