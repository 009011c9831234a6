// What the stores are given of flags and environment: one frozen slice, plain enough to be sent to a worker thread.

export interface StorageConfig {
  readonly s3: S3Config;
  readonly gcs: GcsConfig;
  readonly azure: AzureConfig;
  readonly http: HttpStoreConfig;
  readonly huggingFace: HuggingFaceConfig;
  readonly tls: StoreTls; // of every scheme, but for what s3.tls says
  readonly proxy: ProxyConfig;
  /** Addresses and CIDR blocks that may be reached though the address rule refuses them. */
  readonly allowAddresses: readonly string[];
  readonly transfer: TransferConfig;
}

export interface StoreTls {
  readonly caFiles: readonly string[]; // PEM, absolute; added to the system's authorities
  readonly verify: boolean;
}

export interface S3Config {
  readonly endpoint: string | null; // URL with scheme; null: AWS
  readonly region: string | null; // null: found out from the bucket, us-east-1 for other stores
  readonly credentials: S3Keys | null; // null: the default chain of the SDK
  readonly anonymous: boolean; // unsigned
  readonly pathStyle: boolean;
  readonly accelerate: boolean;
  readonly tls: StoreTls;
  readonly webIdentity: { readonly roleArn: string; readonly tokenFile: string; readonly sessionName: string } | null;
  readonly stsEndpoint: string | null; // AWS_ENDPOINT_URL_STS; never AWS_ENDPOINT_URL
  /** What S3_CONNECT_TIMEOUT and its kin change of `transfer`, for s3:// alone. */
  readonly transfer?: Partial<TransferConfig>;
}

export interface S3Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | null;
}

export interface GcsConfig {
  readonly keyFile: string | null; // GOOGLE_APPLICATION_CREDENTIALS: service account, external account, authorized user
  readonly emulator: string | null; // URL with scheme of STORAGE_EMULATOR_HOST
  /** The key file's content, of base64_service_account in STORAGE_CONFIG; wins over keyFile. */
  readonly keyJson?: string;
}

export interface AzureConfig {
  readonly accountName: string | null;
  readonly accountKey: string | null;
  readonly accessToken: { readonly token: string; readonly expiresOnMs: number | null } | null;
  readonly serviceUrl: string | null; // replaces https://<account>.blob.core.windows.net (azurite, private clouds)
  readonly clientId: string | null;
  readonly clientSecret: string | null;
  readonly tenantId: string | null;
  readonly federatedTokenFile: string | null;
  readonly authorityHost: string | null; // AZURE_AUTHORITY_HOST
}

export interface HttpStoreConfig {
  /** Of `<host>-headers`: host in lower case, with or without port. */
  readonly headers: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface HuggingFaceConfig {
  readonly endpoint: string; // https://huggingface.co
  readonly endpointConfigured: boolean; // HF_ENDPOINT was given
  readonly token: string | null;
}

export interface ProxyConfig {
  readonly http: string | null; // URL of the proxy for http:// targets
  readonly https: string | null;
  readonly none: readonly string[]; // NO_PROXY: hosts, .suffixes, addresses, CIDR blocks, host:port, *
}

export interface TransferConfig {
  readonly minConnections: number; // at the start
  readonly maxConnections: number;
  readonly partBytes: number; // of one range
  readonly connectTimeoutMs: number;
  readonly idleTimeoutMs: number; // with no byte for so long an attempt is over
  readonly maxAttempts: number; // in a row without a byte of progress, of one range
  readonly maxBackoffMs: number;
}

/** What a pull may bring at most; beyond: an error, never a cut file. */
export interface PullLimits {
  readonly maxFiles: number; // objects, or members of an archive
  readonly maxUnpackedBytes: number; // of one archive
}

/** Which of a folder's files are wanted (STORAGE_ALLOW_PATTERNS, STORAGE_IGNORE_PATTERNS); empty: all. */
export interface PullPatterns {
  readonly allow: readonly string[];
  readonly ignore: readonly string[];
}
