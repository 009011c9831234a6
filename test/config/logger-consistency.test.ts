import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/read.ts';
import { problemsOf } from './problems-of.ts';

function noticesOf(...argv: string[]): readonly string[] {
  return readConfig({ argv, env: {} }).notices;
}

describe('what is said of payload logging is a problem', () => {
  it.each([
    ['log-url', '--log-url http://localhost:9081/'],
    ['log-url', '--log-url http://sink/ --log-url http://127.0.0.1:9081'],
    ['log-url', '--log-url https://[::1]:9081/x'],
    ['log-url', '--log-url http://0.0.0.0 --port 80'],
    ['log-url', '--log-url http://10.0.0.1:7/ --port 7 --host 10.0.0.1'],
    ['log-url', '--log-url http://localhost:7/ --port 7 --host ::1'],
    ['log-dead-letter-url', '--log-dead-letter-url http://localhost:9081/'],
    ['log-dead-letter-url', '--log-url http://a,http://b/#c --log-dead-letter-url http://b'],
    ['log-dead-letter-dir', '--log-dead-letter-dir /d --log-dead-letter-url http://d'],
    ['log-dead-letter-dir', '--log-dead-letter-dir /d --log-spool-dir /d'],
    ['log-client-cert-file', '--log-client-cert-file c'],
    ['log-client-key-file', '--log-client-key-file k'],
    ['log-url', '--log-url s3://user:secret@bucket/p'],
    ['log-url', '--log-url abfss://acc.dfs.core.windows.net/p'],
    ['log-url', '--log-url abfs://c@example.org/p'],
    ['log-url', '--log-url https://acc.blob.core.windows.net/'],
    ['log-dead-letter-url', '--log-dead-letter-url https://acc.blob.core.windows.net/c'],
  ])('of --%s: %s', (flag, line) => {
    expect(problemsOf({ argv: line.split(' ') })).toEqual([
      expect.stringMatching(new RegExp(`^--${flag}: expected .*, got "[^"]+"$`)),
    ]);
  });

  it('each of them at once, by the names they came in, and without their secrets', () => {
    const argv = ['--log-url=http://u:secret@localhost:9081/', '--log-redact=a', '--log-sample-rate=2'];
    const env = { OUTRIGGER_LOG_CLIENT_KEY_FILE: 'k', OUTRIGGER_LOG_ATTRIBUTES: 'id=1', OUTRIGGER_LOG_FORMAT: 'xml' };
    const problems = problemsOf({ argv, env });
    expect(problems.map((problem) => problem.split(':', 1)[0]).toSorted()).toEqual([
      '--log-redact',
      '--log-sample-rate',
      '--log-url',
      'OUTRIGGER_LOG_ATTRIBUTES',
      'OUTRIGGER_LOG_CLIENT_KEY_FILE',
      'OUTRIGGER_LOG_FORMAT',
    ]);
    expect(problems.join()).not.toContain('secret');
  });

  it.each([
    '--log-url http://localhost:9082/',
    '--log-url http://localhost:7/ --port 7 --host 10.0.0.1',
    '--log-url http://10.0.0.1:9081/',
    '--log-url http://localhost/ --port 443',
    '--log-url http://a/?x=1 --log-dead-letter-url http://a/?x=2',
    '--log-dead-letter-dir /d --log-spool-dir /s',
    '--log-client-cert-file c --log-client-key-file k',
    '--log-url abfs://c@acc.dfs.core.windows.net/p --log-url https://acc.blob.core.windows.net/c?sv=1&sig=x',
    '--log-url s3://bucket,gs://bucket/p',
  ])('but not %s', (line) => {
    expect(problemsOf({ argv: line.split(' ') })).toEqual([]);
  });
});

describe('what somebody asked for and does not get is a notice', () => {
  it('headers that are secrets, whoever spelled them, unless somebody insists', () => {
    const headers = '--metadata-headers=authorization,Foo,Proxy-Authorization,COOKIE,Set-Cookie,X-Cookie';
    const argv = ['--log-url=http://sink', headers];
    const { logger, notices } = readConfig({ argv, env: {} });
    expect(logger?.attributes.metadataHeaders).toEqual(['Foo', 'X-Cookie']);
    expect(notices).toEqual([
      expect.stringMatching(
        /^--metadata-headers: .*authorization, Proxy-Authorization, COOKIE, Set-Cookie.*--log-sensitive-headers/,
      ),
    ]);
    const forced = readConfig({ argv: [...argv, '--log-sensitive-headers'], env: {} });
    expect(forced.notices).toEqual([]);
    expect(forced.logger?.attributes.metadataHeaders).toHaveLength(6);
  });

  it('one event for two messages where only one is logged', () => {
    const argv = ['--log-url=http://sink', '--log-combined', '--log-mode=request'];
    expect(readConfig({ argv, env: {} }).logger?.selection).toMatchObject({ mode: 'request', combined: false });
    expect(noticesOf(...argv)).toEqual([expect.stringMatching(/^--log-combined: no effect .*--log-mode=request/)]);
  });

  it('a format of objects where no store gets any', () => {
    expect(noticesOf('--log-url=http://sink,http://s3', '--log-store-format=csv')).toEqual([
      expect.stringMatching(/^--log-store-format: no effect/),
    ]);
    expect(noticesOf('--log-url=http://sink', '--log-store-format=json')).toEqual([]);
    expect(noticesOf('--log-url=http://sink,s3://bucket', '--log-store-format=csv')).toEqual([]);
  });

  it('but nothing is said where nothing is logged', () => {
    expect(noticesOf('--metadata-headers=Cookie', '--log-combined', '--log-mode=request')).toEqual([]);
  });
});
