// S3 and S3-compatible stores: the variables of KServe's credential builder and of the AWS SDKs.
import { resolve } from 'node:path';
import type { S3Config, S3Keys, StoreTls, TransferConfig } from '../storage-config.ts';
import { boolean, integer, type Kind, url } from '../values.ts';
import type { Variables } from './variables.ts';

/** boto3's transfer manager, on which KServe's initializer stands, fetches so many parts of a file at once. */
const BOTO_PARTS_PER_FILE = 10;
const MAX_CONNECTIONS = 256;
const DEFAULT_SESSION_NAME = 'outrigger';

/** `tls`: of all schemes. `mountedCa`: those of its files that give way to S3's own. */
export function readS3(
  variables: Variables,
  all: { readonly tls: StoreTls; readonly mountedCa: readonly string[] },
): S3Config {
  const endpoint = readEndpoint(variables);
  const isAws = endpoint === null;
  return {
    endpoint,
    // KServe writes AWS_DEFAULT_REGION; AWS_REGION beside it is mostly the cluster's, put there by EKS.
    region: variables.read(variables.first('AWS_DEFAULT_REGION', 'AWS_REGION')?.name ?? 'AWS_REGION', region),
    credentials: readKeys(variables),
    anonymous: variables.read('awsAnonymousCredential', boolean) ?? false,
    ...readStyle(variables, isAws),
    tls: readTls(variables, all),
    webIdentity: readWebIdentity(variables),
    stsEndpoint: withoutSlash(variables.read('AWS_ENDPOINT_URL_STS', url(['http', 'https']))),
    transfer: readTransfer(variables),
  };
}

const region: Pick<Kind<string>, 'read' | 'expected'> = {
  expected: 'a region, such as eu-central-1',
  read: (text) => (/^[\w-]{1,64}$/.test(text) ? text : undefined),
};

/** Null: AWS, of whatever region; KServe spells it https://s3.amazonaws.com too, which serves us-east-1 alone. */
function readEndpoint(variables: Variables): string | null {
  const given = variables.first('AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL');
  const endpoint = given === null ? readHostEndpoint(variables) : variables.read(given.name, url(['http', 'https']));
  return endpoint !== null && URL.parse(endpoint)?.host === 's3.amazonaws.com' ? null : withoutSlash(endpoint);
}

/** S3_ENDPOINT is host[:port]; S3_USE_HTTPS says which scheme, https unless it is 0 or false. */
function readHostEndpoint(variables: Variables): string | null {
  const https = variables.read('S3_USE_HTTPS', boolean) ?? true;
  return variables.read('S3_ENDPOINT', {
    expected: 'host[:port], such as minio.minio:9000',
    read: (text) => url(['http', 'https']).read(text.includes('://') ? text : `http${https ? 's' : ''}://${text}`),
  });
}

function withoutSlash(address: string | null): string | null {
  return address?.replace(/\/+$/, '') ?? null;
}

/** Path style whenever an endpoint is set; S3_USER_VIRTUAL_BUCKET (sic) decides where it is given. */
function readStyle(variables: Variables, isAws: boolean): Pick<S3Config, 'pathStyle' | 'accelerate'> {
  const virtual = variables.read('S3_USER_VIRTUAL_BUCKET', boolean);
  const accelerate = variables.read('S3_USE_ACCELERATE', boolean) ?? false;
  if (accelerate && !isAws)
    variables.notice('S3_USE_ACCELERATE', 'only AWS accelerates and an endpoint is set; ignored');
  if (accelerate && isAws) return { accelerate, pathStyle: false }; // the accelerated host names have the bucket in them
  return { accelerate: false, pathStyle: virtual === null ? !isAws : !virtual };
}

function readKeys(variables: Variables): S3Keys | null {
  const [id, secret] = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const;
  const [accessKeyId, secretAccessKey] = [variables.text(id), variables.text(secret)];
  if (accessKeyId === null && secretAccessKey === null) return null;
  if (accessKeyId === null || secretAccessKey === null) {
    const [there, missing] = accessKeyId === null ? [secret, id] : [id, secret];
    variables.refuse(missing, { expected: `a key, since ${variables.shown(there)} is set`, got: 'nothing' });
    return null;
  }
  return { accessKeyId, secretAccessKey, sessionToken: variables.text('AWS_SESSION_TOKEN') };
}

/** IRSA. A role without a token file is for other ways of the SDK's default chain. */
function readWebIdentity(variables: Variables): S3Config['webIdentity'] {
  const tokenFile = variables.text('AWS_WEB_IDENTITY_TOKEN_FILE');
  if (tokenFile === null) return null;
  const roleArn = variables.text('AWS_ROLE_ARN');
  if (roleArn === null) {
    variables.refuse('AWS_ROLE_ARN', { expected: 'a role, since AWS_WEB_IDENTITY_TOKEN_FILE is set', got: 'nothing' });
    return null;
  }
  const sessionName = variables.read('AWS_ROLE_SESSION_NAME', sessionNames) ?? DEFAULT_SESSION_NAME;
  return { roleArn, tokenFile, sessionName };
}

/** AWS STS, AssumeRoleWithWebIdentity: RoleSessionName. */
const sessionNames: Pick<Kind<string>, 'read' | 'expected'> = {
  expected: '2 to 64 of letters, digits and _+=,.@-',
  read: (text) => (/^[\w+=,.@-]{2,64}$/.test(text) ? text : undefined),
};

/** AWS_CA_BUNDLE stands in for the mounted one, which need not exist then (`_get_s3_client_kwargs` of KServe). */
function readTls(variables: Variables, { tls, mountedCa }: Parameters<typeof readS3>[1]): StoreTls {
  const ownFile = variables.text('AWS_CA_BUNDLE');
  const others = tls.caFiles.filter((file) => !mountedCa.includes(file));
  return {
    caFiles: ownFile === null ? tls.caFiles : [resolve(ownFile), ...others],
    verify: tls.verify && (variables.read('S3_VERIFY_SSL', boolean) ?? true),
  };
}

/**
 * Timeouts in seconds, as botocore takes them. S3_MAX_FILE_CONCURRENCY counts files; KServe's initializer opens ten
 * connections for each, so that many are the most here: who lowers it wants less load, who raises it wants more.
 */
function readTransfer(variables: Variables): Partial<TransferConfig> {
  const connectTimeoutMs = variables.read('S3_CONNECT_TIMEOUT', seconds);
  const idleTimeoutMs = variables.read('S3_READ_TIMEOUT', seconds);
  const maxAttempts = variables.read('S3_MAX_ATTEMPTS', integer({ min: 1, max: 1_000, unit: 'attempts' }));
  const files = variables.read('S3_MAX_FILE_CONCURRENCY', integer({ min: 1, max: 10_000, unit: 'files' }));
  return {
    ...(connectTimeoutMs === null ? {} : { connectTimeoutMs }),
    ...(idleTimeoutMs === null ? {} : { idleTimeoutMs }),
    ...(maxAttempts === null ? {} : { maxAttempts }),
    ...(files === null ? {} : { maxConnections: Math.min(files * BOTO_PARTS_PER_FILE, MAX_CONNECTIONS) }),
  };
}

const seconds: Pick<Kind<number>, 'read' | 'expected'> = {
  expected: 'seconds from 0.001 to 86400',
  read(text) {
    const ms = /^\d{1,5}(\.\d{1,9})?$/.test(text) ? Math.ceil(Number(text) * 1_000) : 0;
    return ms >= 1 && ms <= 86_400_000 ? ms : undefined;
  },
};
