import { describe, expect, it } from 'vitest';
import { readStorageEnvironment, type StorageFlags } from '../../src/config/storage-environment.ts';

type Env = Readonly<Record<string, string>>;

const read = (env: Env, flags?: StorageFlags) => {
  const { config, ...rest } = readStorageEnvironment(env, flags);
  return { ...config, ...rest };
};

describe('an environment that says nothing', () => {
  it('means AWS, Google, Azure and Hugging Face with the default credentials, verified', () => {
    const { config, patterns, problems, notices } = readStorageEnvironment({});
    expect({ problems, notices, patterns }).toEqual({ problems: [], notices: [], patterns: { allow: [], ignore: [] } });
    expect(config.s3).toMatchObject({ endpoint: null, region: null, credentials: null, anonymous: false });
    expect(config.s3).toMatchObject({ pathStyle: false, accelerate: false, webIdentity: null, stsEndpoint: null });
    expect(config.s3.tls).toEqual({ caFiles: [], verify: true });
    expect(config.gcs).toEqual({ keyFile: null, emulator: null });
    expect(Object.values(config.azure).every((value) => value === null)).toBe(true);
    expect(config.huggingFace).toEqual({
      endpoint: 'https://huggingface.co',
      endpointConfigured: false,
      token: null,
    });
    expect(config.proxy).toEqual({ http: null, https: null, none: [] });
    expect(config.transfer).toMatchObject({ minConnections: 8, maxConnections: 64, partBytes: 8_388_608 });
  });

  it('can be sent to a worker thread', () => {
    const { config } = readStorageEnvironment({ 'h.x-headers': '{"a": "b"}', S3_READ_TIMEOUT: '5' });
    expect(structuredClone(config)).toEqual(config);
  });

  it('is the same as one of empty variables, which Kubernetes makes of optional keys', () => {
    const names = ['AWS_ENDPOINT_URL', 'AWS_ACCESS_KEY_ID', 'S3_VERIFY_SSL', 'HF_TOKEN', 'STORAGE_CONFIG', 'a-headers'];
    const empty = Object.fromEntries(names.map((name) => [name, ' ']));
    expect(readStorageEnvironment(empty)).toEqual(readStorageEnvironment({}));
  });
});

describe('flags', () => {
  it('add authorities and addresses to what the environment says', () => {
    const env = { CA_BUNDLE_CONFIGMAP_NAME: 'ca' };
    const { tls, s3, allowAddresses } = read(env, { caFiles: ['/my.pem'], allowAddresses: ['10.0.0.0/8'] });
    expect(tls.caFiles).toEqual(['/etc/ssl/custom-certs/cabundle.crt', '/my.pem']);
    expect(s3.tls.caFiles).toEqual(tls.caFiles);
    expect(allowAddresses).toEqual(['10.0.0.0/8']);
  });

  it('switch verification off for every scheme', () => {
    const { tls, s3 } = read({ S3_VERIFY_SSL: '1' }, { verifyTls: false });
    expect([tls.verify, s3.tls.verify]).toEqual([false, false]);
  });
});

describe('patterns', () => {
  it.each<[string, string[]]>([
    ['["*.safetensors", "a,b.json"]', ['*.safetensors', 'a,b.json']],
    ['*.bin, *.gguf,', ['*.bin', '*.gguf']],
    ['[ab]*.bin,x', ['[ab]*.bin', 'x']],
    ['[]', []],
  ])('%s', (text, expected) => {
    const { patterns } = read({ STORAGE_ALLOW_PATTERNS: text, STORAGE_IGNORE_PATTERNS: text });
    expect(patterns).toEqual({ allow: expected, ignore: expected });
  });

  it('that are half JSON are a problem', () => {
    expect(read({ STORAGE_IGNORE_PATTERNS: '["*.bin"' }).problems).toEqual([
      expect.stringMatching(/^STORAGE_IGNORE_PATTERNS: expected patterns/),
    ]);
  });
});

describe('problems', () => {
  const secret = 'Hunter2-Hunter2';

  it('come all at once, each naming its variable', () => {
    const { problems } = read({
      AWS_ENDPOINT_URL: 'minio:9000',
      AWS_SECRET_ACCESS_KEY: secret,
      S3_USE_HTTPS: 'maybe',
      AZURE_ACCESS_EXPIRES_ON_SECONDS: 'soon',
      HF_ENDPOINT: 'ftp://hub',
      https_proxy: 'socks5://p:1080',
    });
    expect(problems.map((problem) => problem.split(':')[0]).sort()).toEqual([
      'AWS_ACCESS_KEY_ID',
      'AWS_ENDPOINT_URL',
      'AZURE_ACCESS_EXPIRES_ON_SECONDS',
      'HF_ENDPOINT',
      'https_proxy',
    ]);
  });

  it.each<[string, Env]>([
    ['a token', { HF_TOKEN: `${secret}\nx` }],
    ['an account key', { AZURE_STORAGE_ACCESS_KEY: `${secret}!` }],
    ['an access token', { AZURE_ACCESS_TOKEN: `${secret} ${secret}` }],
    ['headers', { 'h.example-headers': `{"Authorization": ["${secret}"]}` }],
    ['headers that are no JSON', { 'h.example-headers': `Authorization: ${secret}` }],
    ['a storage spec', { STORAGE_CONFIG: `{"secret_access_key": "${secret}"` }],
    ['an inline key', { STORAGE_CONFIG: JSON.stringify({ type: 'gs', base64_service_account: secret }) }],
    ['a key that is no text', { STORAGE_CONFIG: JSON.stringify({ type: 's3', access_key_id: { a: secret } }) }],
    ['the user part of a proxy', { HTTP_PROXY: `ftp://me:${secret}@proxy` }],
  ])('never repeat %s', (_what, env) => {
    const { problems } = read(env);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.join()).not.toContain(secret);
  });
});
