import { describe, expect, it } from 'vitest';
import { readStorageEnvironment } from '../../../src/config/storage-environment.ts';

type Env = Readonly<Record<string, string>>;

function s3Of(env: Env) {
  const { config, problems } = readStorageEnvironment(env);
  expect(problems).toEqual([]);
  return config.s3;
}

describe('the endpoint of S3', () => {
  it.each<[Env, string | null]>([
    [{ AWS_ENDPOINT_URL: 'http://minio:9000/' }, 'http://minio:9000'],
    [{ AWS_ENDPOINT_URL: 'http://a', AWS_ENDPOINT_URL_S3: 'http://b' }, 'http://b'],
    [{ S3_ENDPOINT: 'minio:9000' }, 'https://minio:9000'],
    [{ S3_ENDPOINT: 'minio:9000', S3_USE_HTTPS: '1' }, 'https://minio:9000'],
    [{ S3_ENDPOINT: 'minio:9000', S3_USE_HTTPS: '0' }, 'http://minio:9000'],
    [{ S3_ENDPOINT: 'http://minio:9000' }, 'http://minio:9000'],
    [{ S3_ENDPOINT: 'minio', S3_USE_HTTPS: '0', AWS_ENDPOINT_URL: 'https://full' }, 'https://full'],
    [{ AWS_ENDPOINT_URL: 'https://s3.amazonaws.com', S3_ENDPOINT: 's3.amazonaws.com' }, null],
    [{ S3_ENDPOINT: 's3.amazonaws.com', S3_USE_HTTPS: '1' }, null],
  ])('%j', (env, endpoint) => {
    expect(s3Of(env).endpoint).toBe(endpoint);
  });

  it('of others does not change where STS is', () => {
    expect(s3Of({ AWS_ENDPOINT_URL: 'http://minio:9000' }).stsEndpoint).toBeNull();
    expect(s3Of({ AWS_ENDPOINT_URL_STS: 'http://sts:1/' }).stsEndpoint).toBe('http://sts:1');
  });
});

describe('the style of addresses', () => {
  it.each<[Env, boolean]>([
    [{}, false],
    [{ S3_USER_VIRTUAL_BUCKET: 'false' }, true],
    [{ AWS_ENDPOINT_URL: 'http://minio' }, true],
    [{ AWS_ENDPOINT_URL: 'http://minio', S3_USER_VIRTUAL_BUCKET: 'true' }, false],
    [{ AWS_ENDPOINT_URL: 'https://s3.amazonaws.com' }, false],
    [{ S3_USE_ACCELERATE: 'true', S3_USER_VIRTUAL_BUCKET: 'false' }, false],
  ])('%j: path style %s', (env, pathStyle) => {
    expect(s3Of(env).pathStyle).toBe(pathStyle);
  });

  it('is accelerated on AWS alone', () => {
    expect(s3Of({ S3_USE_ACCELERATE: 'true' }).accelerate).toBe(true);
    const { config, notices } = readStorageEnvironment({ S3_USE_ACCELERATE: 'true', S3_ENDPOINT: 'minio' });
    expect(config.s3).toMatchObject({ accelerate: false, pathStyle: true });
    expect(notices).toEqual([expect.stringMatching(/^S3_USE_ACCELERATE: /)]);
  });
});

describe('credentials of S3', () => {
  it('are keys, with or without a session', () => {
    const keys = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret\n' };
    expect(s3Of(keys).credentials).toEqual({ accessKeyId: 'id', secretAccessKey: 'secret', sessionToken: null });
    expect(s3Of({ ...keys, AWS_SESSION_TOKEN: 't' }).credentials?.sessionToken).toBe('t');
  });

  it('are a role of web identity', () => {
    const env = { AWS_ROLE_ARN: 'arn:aws:iam::1:role/r', AWS_WEB_IDENTITY_TOKEN_FILE: '/var/token' };
    const role = { roleArn: 'arn:aws:iam::1:role/r', tokenFile: '/var/token' };
    expect(s3Of(env).webIdentity).toEqual({ ...role, sessionName: 'outrigger' });
    expect(s3Of({ ...env, AWS_ROLE_SESSION_NAME: 'me' }).webIdentity).toEqual({ ...role, sessionName: 'me' });
    expect(s3Of({ AWS_ROLE_ARN: 'arn' }).webIdentity).toBeNull();
  });

  it.each<[string, Env]>([
    ['AWS_ROLE_ARN', { AWS_WEB_IDENTITY_TOKEN_FILE: '/var/token' }],
    ['AWS_SECRET_ACCESS_KEY', { AWS_ACCESS_KEY_ID: 'id' }],
    ['AWS_ACCESS_KEY_ID', { AWS_SECRET_ACCESS_KEY: 'secret' }],
  ])('without %s are half', (missing, env) => {
    expect(readStorageEnvironment(env).problems).toEqual([expect.stringMatching(`^${missing}: .*, got nothing$`)]);
  });

  it.each(['true', 'True', '1'])('are none when awsAnonymousCredential is %s', (word) => {
    expect(s3Of({ awsAnonymousCredential: word }).anonymous).toBe(true);
  });
});

describe('the region', () => {
  it.each<[Env, string]>([
    [{ AWS_REGION: 'a-1' }, 'a-1'],
    [{ AWS_DEFAULT_REGION: 'b-1' }, 'b-1'],
    [{ AWS_REGION: 'a-1', AWS_DEFAULT_REGION: 'b-1' }, 'b-1'], // KServe's word before the cluster's
  ])('%j', (env, region) => {
    expect(s3Of(env).region).toBe(region);
  });
});

describe('TLS of S3', () => {
  const mounted = '/etc/ssl/custom-certs/cabundle.crt';

  it.each<[Env, string[]]>([
    [{ AWS_CA_BUNDLE: '/my/ca.pem' }, ['/my/ca.pem']],
    [{ AWS_CA_BUNDLE_CONFIGMAP: 'ca' }, [mounted]],
    [{ CA_BUNDLE_CONFIGMAP_NAME: 'ca' }, [mounted]],
    [{ AWS_CA_BUNDLE: '/my/ca.pem', AWS_CA_BUNDLE_CONFIGMAP: 'ca', CA_BUNDLE_CONFIGMAP_NAME: 'ca' }, ['/my/ca.pem']],
    [{ CA_BUNDLE_CONFIGMAP_NAME: 'ca', CA_BUNDLE_VOLUME_MOUNT_POINT: '/ca' }, ['/ca/cabundle.crt']],
  ])('%j', (env, caFiles) => {
    expect(s3Of(env).tls.caFiles).toEqual(caFiles);
  });

  it.each(['0', 'false', 'False'])('is not verified when S3_VERIFY_SSL is %s, that of others is', (word) => {
    const { config } = readStorageEnvironment({ S3_VERIFY_SSL: word });
    expect([config.s3.tls.verify, config.tls.verify]).toEqual([false, true]);
  });
});

describe('how S3 is fetched', () => {
  it('follows the variables of KServe', () => {
    const env = {
      S3_CONNECT_TIMEOUT: '2.5',
      S3_READ_TIMEOUT: '60',
      S3_MAX_ATTEMPTS: '3',
      S3_MAX_FILE_CONCURRENCY: '4',
    };
    expect(s3Of(env).transfer).toEqual({
      connectTimeoutMs: 2_500,
      idleTimeoutMs: 60_000,
      maxAttempts: 3,
      maxConnections: 40,
    });
  });

  it('keeps what they do not name, and other schemes keep all', () => {
    expect(s3Of({}).transfer).toEqual({});
    expect(readStorageEnvironment({ S3_READ_TIMEOUT: '1' }).config.transfer.idleTimeoutMs).toBe(30_000);
  });

  it('has a most of connections', () => {
    expect(s3Of({ S3_MAX_FILE_CONCURRENCY: '1000' }).transfer?.maxConnections).toBe(256);
  });

  it.each(['S3_CONNECT_TIMEOUT', 'S3_READ_TIMEOUT', 'S3_MAX_ATTEMPTS', 'S3_MAX_FILE_CONCURRENCY'])(
    '%s cannot be 0',
    (name) => {
      expect(readStorageEnvironment({ [name]: '0' }).problems).toEqual([expect.stringMatching(`^${name}: expected`)]);
    },
  );
});
