// Who do we say we are to S3? Keys, a web identity, or the chain of the official client, asked again before they expire.
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import type { S3Config } from '../../../config/storage-config.ts';
import { OutriggerError } from '../../../errors.ts';
import { readFault } from './s3-failure.ts';

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

export type CredentialProvider = (options?: object) => Promise<S3Credentials>;

/** As S3Client's own `credentialDefaultProvider`: the default chain of the official client. */
export type OpenChain = (settings: object) => CredentialProvider;

interface ChainSettings {
  readonly openChain: OpenChain;
  readonly config: S3Config;
  readonly region: string;
  /** How STS is reached. */
  readonly requestHandler: NonNullable<S3ClientConfig['requestHandler']>;
}

/** May what `config` gives be had anew, when a store refuses it? */
export function areRenewable({ credentials, anonymous }: S3Config): boolean {
  return credentials === null && !anonymous;
}

/**
 * Environment, shared files, web identity, container, instance: whichever answers first. AWS_ENDPOINT_URL is of the store
 * alone and never of STS ("custom endpoint broke STS": user-demands.md D2), which a nested client would read otherwise.
 */
export function openCredentialChain({ openChain, config, region, requestHandler }: ChainSettings): CredentialProvider {
  const { webIdentity, stsEndpoint } = config;
  const identity = webIdentity && {
    roleArn: webIdentity.roleArn,
    webIdentityTokenFile: webIdentity.tokenFile, // read again for every renewal: Kubernetes rotates it
    roleSessionName: webIdentity.sessionName,
  };
  const clientConfig = {
    region,
    requestHandler,
    ignoreConfiguredEndpointUrls: true,
    ...(stsEndpoint !== null && { endpoint: stsEndpoint }),
  };
  const chain = openChain({ ...identity, clientConfig });
  return async (options) => {
    try {
      return await chain(options);
    } catch (error) {
      throw refusal(error as Error, config);
    }
  };
}

function refusal(error: Error, { webIdentity, stsEndpoint }: S3Config): OutriggerError {
  const { network, message } = readFault(error);
  if (network && !('path' in error)) {
    const where = stsEndpoint === null ? 'STS' : `STS at ${new URL(stsEndpoint).host}`;
    const remedy = 'check AWS_ENDPOINT_URL_STS and the network';
    return new OutriggerError('STORE_UNREACHABLE', `no S3 credentials: ${where}: ${message}; ${remedy}`, {
      cause: error,
    });
  }
  if (webIdentity !== null) {
    // Only the name: what STS or the file system say of a token may quote it.
    const what = `${error.name}${'code' in error ? ` (${String(error.code)})` : ''}`;
    const remedy = 'check AWS_ROLE_ARN, AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ENDPOINT_URL_STS';
    return new OutriggerError('STORE_DENIED', `no S3 credentials for role ${webIdentity.roleArn}: ${what}; ${remedy}`);
  }
  const remedy =
    'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE, ' +
    'or awsAnonymousCredential=true for a public bucket';
  return new OutriggerError('STORE_DENIED', `no S3 credentials found (${error.name}); ${remedy}`);
}
