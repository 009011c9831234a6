import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/config-error.ts';
import { readPullConfig } from '../../src/config/pull-config.ts';

const pair = ['s3://models/m', '/mnt/models'];

function problems(argv: readonly string[], env: Record<string, string> = {}): readonly string[] {
  try {
    readPullConfig(argv, env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('what outrigger pull is told', () => {
  it('several pairs, as KServe gives them to its storage initializer', () => {
    const { pairs } = readPullConfig([...pair, 'gs://other/x', '/mnt/models/x'], {});
    expect(pairs).toEqual([
      { uri: 's3://models/m', target: '/mnt/models' },
      { uri: 'gs://other/x', target: '/mnt/models/x' },
    ]);
  });

  it('flags stand before, between and behind the pairs', () => {
    const { show, verify, pairs } = readPullConfig(['--json', pair[0]!, '--verify', pair[1]!, '--max-files=3'], {});
    expect([show, verify, pairs.length]).toEqual(['json', true, 1]);
  });

  it.each([
    [[], 'text'],
    [['--quiet'], 'nothing'],
    [['--json'], 'json'],
    [['--json', '--quiet'], 'json'],
  ] as const)('%j shows %s', (flags, shown) => {
    expect(readPullConfig([...flags, ...pair], {}).show).toBe(shown);
  });

  it('patterns of flags win over those of the environment, one kind at a time', () => {
    const env = { STORAGE_ALLOW_PATTERNS: '["*.bin"]', STORAGE_IGNORE_PATTERNS: '*.md' };
    expect(readPullConfig(pair, env).patterns).toEqual({ allow: ['*.bin'], ignore: ['*.md'] });
    const { patterns } = readPullConfig(['--allow-patterns', '*.json,*.txt', ...pair], env);
    expect(patterns).toEqual({ allow: ['*.json', '*.txt'], ignore: ['*.md'] });
  });

  it('--store-connections wins over S3_MAX_FILE_CONCURRENCY, and is a ceiling for the first ones too', () => {
    const env = { S3_MAX_FILE_CONCURRENCY: '9' };
    expect(readPullConfig(pair, env).storage.s3.transfer?.maxConnections).toBe(90);
    const { storage } = readPullConfig(['--store-connections', '3', ...pair], env);
    expect(storage.transfer).toMatchObject({ minConnections: 3, maxConnections: 3 });
    expect(storage.s3.transfer).toMatchObject({ minConnections: 3, maxConnections: 3 });
  });

  it('limits, authorities and exempt addresses come from flags or their variables', () => {
    const env = { OUTRIGGER_MAX_FILES: '7', OUTRIGGER_ALLOW_ADDRESSES: '169.254.1.0/24' };
    const flags = ['--store-ca-file', '/etc/ca.pem', '--store-tls-skip-verify', '--max-unpacked-bytes', '1024'];
    const { limits, storage } = readPullConfig([...flags, ...pair], env);
    expect(limits).toEqual({ maxFiles: 7, maxUnpackedBytes: 1024 });
    expect(storage.tls).toEqual({ caFiles: ['/etc/ca.pem'], verify: false });
    expect(storage.allowAddresses).toEqual(['169.254.1.0/24']);
  });
});

describe('what it is told wrongly', () => {
  it.each([
    [[], /^pull: expected SOURCE FOLDER, got nothing/],
    [['s3://models/m'], /^pull: expected a folder after "s3:\/\/models\/m"/],
    [[...pair, 's3://x/y'], /^pull: expected a folder after "s3:\/\/x\/y"/],
  ])('%j', (argv, problem) => {
    expect(problems(argv)).toEqual([expect.stringMatching(problem)]);
  });

  it('an unknown flag alone is told, not the pair that may have been taken for its value', () => {
    expect(problems(['--jsn', ...pair])).toEqual([expect.stringMatching(/^--jsn: .*did you mean --json\?$/)]);
  });

  it('problems of flags and of the environment are told together', () => {
    const all = problems(['--max-files', '0', ...pair], { AWS_ACCESS_KEY_ID: 'x' });
    expect(all.map((problem) => problem.split(':', 1)[0])).toEqual(['--max-files', 'AWS_SECRET_ACCESS_KEY']);
  });

  it('a lonely source with a password is told without it', () => {
    const [problem] = problems(['https://u:CANARY@host/m?sig=CANARY']);
    expect(problem).toContain('host/m');
    expect(problem).not.toContain('CANARY');
  });
});
