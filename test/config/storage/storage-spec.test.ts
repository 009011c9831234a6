import { describe, expect, it } from 'vitest';
import { readStorageEnvironment } from '../../../src/config/storage-environment.ts';

const spec = { type: 's3', endpoint_url: 'http://minio:9000', access_key_id: 'id', secret_access_key: 'secret' };

function read(config: object, { override = {}, env = {} }: { override?: object; env?: Record<string, string> } = {}) {
  return readStorageEnvironment({
    ...env,
    STORAGE_CONFIG: JSON.stringify(config),
    STORAGE_OVERRIDE_CONFIG: JSON.stringify(override),
  });
}

describe('a storage spec of S3', () => {
  it('stands in for the variables', () => {
    const more = { region: 'eu-1', ca_bundle: '/ca.pem', verify_ssl: '0', anonymous: 'True' };
    const { config, problems } = read({ ...spec, ...more });
    expect(problems).toEqual([]);
    expect(config.s3).toMatchObject({
      endpoint: 'http://minio:9000',
      pathStyle: true,
      region: 'eu-1',
      anonymous: true,
      credentials: { accessKeyId: 'id', secretAccessKey: 'secret', sessionToken: null },
      tls: { caFiles: ['/ca.pem'], verify: false },
    });
  });

  it('wins over them, and the override over it, key by key', () => {
    const env = {
      AWS_ENDPOINT_URL: 'http://env',
      AWS_ENDPOINT_URL_S3: 'http://env-s3',
      AWS_DEFAULT_REGION: 'env-1',
      AWS_ACCESS_KEY_ID: 'env-id',
    };
    const { config } = read(spec, { env, override: { access_key_id: 'other', region: 'over-1' } });
    expect(config.s3).toMatchObject({ endpoint: 'http://minio:9000', region: 'over-1' });
    expect(config.s3.credentials).toMatchObject({ accessKeyId: 'other', secretAccessKey: 'secret' });
  });

  it('keeps what it does not name', () => {
    const { config } = read({ type: 's3' }, { env: { AWS_REGION: 'env-1', AWS_ENDPOINT_URL_S3: 'http://env' } });
    expect(config.s3).toMatchObject({ region: 'env-1', endpoint: 'http://env' });
  });

  it('does not mix its keys with the session token of others', () => {
    const { config } = read(spec, { env: { AWS_SESSION_TOKEN: 'of other keys' } });
    expect(config.s3.credentials?.sessionToken).toBeNull();
  });

  it('takes truth values and numbers of JSON as well', () => {
    expect(read({ type: 's3', verify_ssl: false, anonymous: 1 }).config.s3).toMatchObject({
      anonymous: true,
      tls: { verify: false },
    });
  });

  it('is named in a problem, with the variable that holds it', () => {
    const { problems } = read({ ...spec, verify_ssl: 'maybe' }, { override: { region: 'a b' } });
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'region of STORAGE_OVERRIDE_CONFIG',
      'verify_ssl of STORAGE_CONFIG',
    ]);
  });

  it('has an effect only when its type says s3', () => {
    const { config, notices } = read({ ...spec, type: 'hdfs' });
    expect(config.s3.credentials).toBeNull();
    expect(notices).toEqual([expect.stringMatching(/^STORAGE_CONFIG: type .*"hdfs"/)]);
    expect(read({}).notices).toEqual([]);
  });

  it('tells that a certificate is not read', () => {
    expect(read({ ...spec, certificate: 'PEM' }).notices).toEqual([
      expect.stringMatching(/^certificate of STORAGE_CONFIG: not read/),
    ]);
  });

  it.each(['{', '[]', '"s3"', 'null', '1'])('%s is none', (text) => {
    expect(readStorageEnvironment({ STORAGE_OVERRIDE_CONFIG: text }).problems).toEqual([
      expect.stringMatching(/^STORAGE_OVERRIDE_CONFIG: expected a JSON object/),
    ]);
  });
});

describe('a storage spec of GCS', () => {
  it('brings the key in base64', () => {
    const key = '{"type": "service_account"}';
    const { config, problems } = read({ type: 'gs', base64_service_account: Buffer.from(key).toString('base64') });
    expect(problems).toEqual([]);
    expect(config.gcs).toEqual({ keyFile: null, emulator: null, keyJson: key });
  });
});
