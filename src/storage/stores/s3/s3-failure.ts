// What does a failed call to S3 mean for a person: which code of ours, and what is to be done about it?
import { type ErrorCode, OutriggerError } from '../../../errors.ts';
import { plainWords } from '../../http/fetch-failure.ts';
import { isPassingStatus } from '../../http/retry-rules.ts';

/** What the call was about; a key is named as the store spells it. */
export interface S3Place {
  readonly bucket: string;
  readonly key: string | null;
  readonly endpoint: string | null; // null: AWS
  readonly anonymous?: boolean; // nothing was signed; default false
}

/** Of what the official client throws, as far as we look at it. */
export interface S3Fault {
  readonly status: number | null; // null: no answer came
  readonly name: string; // error code of the store, such as AccessDenied
  readonly message: string;
  readonly network: boolean; // of the connection: refused, reset, timed out, DNS, TLS
  /** The region that the bucket is in, when the answer says so. */
  readonly region: string | null;
}

const keysRemedy = 'check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';
const tokenRemedy = 'the session token is over or is not of these keys: renew AWS_SESSION_TOKEN, or use a role';

/** "API Reference: Error responses" of Amazon S3; the codes that MinIO, versitygw and radosgw answer are the same. */
const meanings: Readonly<Record<string, readonly [code: ErrorCode, remedy: string]>> = {
  AccessDenied: [
    'STORE_DENIED',
    'allow s3:ListBucket and s3:GetObject to these credentials, or set awsAnonymousCredential=true for a public bucket',
  ],
  AllAccessDisabled: ['STORE_DENIED', 'the bucket is closed to everybody'],
  AccountProblem: ['STORE_DENIED', 'the account of the bucket has a problem'],
  InvalidAccessKeyId: ['STORE_DENIED', 'the store does not know AWS_ACCESS_KEY_ID'],
  XAdminUserNotFound: ['STORE_DENIED', 'the store does not know AWS_ACCESS_KEY_ID'], // versitygw
  SignatureDoesNotMatch: ['STORE_DENIED', 'AWS_SECRET_ACCESS_KEY is not of this AWS_ACCESS_KEY_ID'],
  ExpiredToken: ['STORE_DENIED', tokenRemedy],
  InvalidToken: ['STORE_DENIED', tokenRemedy],
  InvalidTokenId: ['STORE_DENIED', tokenRemedy], // MinIO
  TokenRefreshRequired: ['STORE_DENIED', tokenRemedy],
  RequestTimeTooSkewed: ['STORE_DENIED', 'the clock here is wrong by more than 15 minutes'],
  AuthorizationHeaderMalformed: ['STORE_DENIED', 'set AWS_REGION to the region of the store'],
  NoSuchBucket: ['MODEL_NOT_FOUND', 'there is no such bucket; check the URI and AWS_ENDPOINT_URL'],
  InvalidBucketName: ['MODEL_URI_INVALID', 'no bucket can have that name'],
  PermanentRedirect: ['STORE_FAILED', 'set AWS_REGION to the region of the bucket'],
};

const anonymousRemedy =
  'the bucket is not public, and awsAnonymousCredential sends no credentials: make it public, or take that variable away ' +
  'and set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';

/** @throws nothing: whatever it is, it becomes an error of ours */
export function s3Failure(action: string, error: unknown, place: S3Place): OutriggerError {
  if (error instanceof OutriggerError) return error;
  const what = `${action} ${named(place)}`;
  const fault = readFault(error);
  const [code, signedRemedy] = meanings[fault.name] ?? byStatus(fault);
  const remedy = code === 'STORE_DENIED' && place.anonymous === true ? anonymousRemedy : signedRemedy;
  if (fault.name === 'EndpointError') return new OutriggerError('MODEL_URI_INVALID', `${what}: ${fault.message}`);
  if (fault.network) {
    const reason = fault.name === 'TimeoutError' ? 'no answer in time' : shown(fault.message);
    return new OutriggerError(
      'STORE_UNREACHABLE',
      `${what}: ${reason}; check AWS_ENDPOINT_URL, HTTPS_PROXY and the network`,
      {
        cause: error,
      },
    );
  }
  // The fault is not kept as the cause: it holds the answer's headers and text, which repeat what we sent on some stores.
  const said = [fault.name, shown(fault.message)].filter((part) => part !== '' && !/^Unknown/.test(part)).join(': ');
  const status = fault.status === null ? '' : `HTTP ${fault.status}`;
  return new OutriggerError(code, `${what}: ${[status, said].filter((part) => part !== '').join(' ')}; ${remedy}`);
}

/** Of an attempt that may go better the next time; null: it will not. */
export function passingReason(error: unknown): string | null {
  const { network, status, name, message } = readFault(error);
  if (network) return name === 'TimeoutError' ? 'the store: no answer in time' : `the store: ${shown(message)}`;
  if (status === null || !isPassingStatus(status)) return null;
  return `the store answered ${status}${name.startsWith('Unknown') ? '' : ` ${name}`}`;
}

export function readFault(error: unknown): S3Fault {
  const { name, message, $metadata, $response, Region, code } = error as Partial<{
    name: string;
    code: unknown;
    message: string;
    $metadata: { httpStatusCode?: number };
    $response: { headers?: Readonly<Record<string, string>> };
    Region: string;
  }>;
  const status = $metadata?.httpStatusCode ?? null;
  return {
    status,
    name: name ?? '',
    message: message ?? String(error),
    network: status === null && (typeof code === 'string' || name === 'TimeoutError'),
    region: $response?.headers?.['x-amz-bucket-region'] ?? Region ?? null,
  };
}

/** HEAD answers have no body, so often the status is all there is. */
function byStatus({ status, name }: S3Fault): readonly [ErrorCode, string] {
  if (status === 401 || status === 403) return ['STORE_DENIED', keysRemedy];
  // Of a valid HEAD it can only mean the signature: tokens that are over, regions.
  if (status === 400 && name.startsWith('Unknown'))
    return ['STORE_DENIED', `${keysRemedy}, AWS_SESSION_TOKEN and AWS_REGION`];
  if (status === 404) return ['MODEL_NOT_FOUND', 'check the URI'];
  if (status === 301 || status === 307) return ['STORE_FAILED', 'set AWS_REGION to the region of the bucket'];
  return ['STORE_FAILED', 'the store does not serve this request'];
}

function named({ bucket, key, endpoint }: S3Place): string {
  const at = endpoint === null ? '' : ` at ${new URL(endpoint).host}`;
  return `s3://${bucket}${key === null ? '' : `/${key}`}${at}`;
}

const maxShownCharacters = 300;
const confided = /signature=|credential=|security-token|secret|authorization:/i;

/** A store's own words help ("not authorized to perform: s3:ListBucket"), unless they hold what we signed with. */
function shown(message: string): string {
  return confided.test(message) ? '' : plainWords(message).slice(0, maxShownCharacters).replace(/\.$/, '');
}
