import { describe, expect, it } from 'vitest';
import { readPlatform } from '../../src/config/platform.ts';

describe("Knative's environment", () => {
  it('may be absent altogether', () => {
    expect(readPlatform({})).toEqual({
      containerConcurrency: 0,
      http2AutoDetection: false,
      revisionTimeoutMs: 300_000,
      knative: false,
      logLevel: 'info',
      notices: [],
    });
  });

  it('is understood', () => {
    const env = {
      CONTAINER_CONCURRENCY: '4',
      ENABLE_HTTP2_AUTO_DETECTION: 'true',
      REVISION_TIMEOUT_SECONDS: '60',
      QUEUE_SERVING_PORT: '8012',
      SERVING_LOGGING_LEVEL: 'warn',
      USER_PORT: '9081',
    };
    expect(readPlatform(env)).toEqual({
      containerConcurrency: 4,
      http2AutoDetection: true,
      revisionTimeoutMs: 60_000,
      knative: true,
      logLevel: 'warn',
      notices: [],
    });
  });

  it.each([
    ['debug', 'debug'],
    ['INFO', 'info'],
    ['error', 'error'],
    ['dpanic', 'fatal'],
    ['panic', 'fatal'],
    ['fatal', 'fatal'],
  ])('the zap level %s is our %s', (zap, ours) => {
    expect(readPlatform({ SERVING_LOGGING_LEVEL: zap }).logLevel).toBe(ours);
    expect(readPlatform({ SERVING_LOGGING_CONFIG: JSON.stringify({ level: zap }) }).logLevel).toBe(ours);
  });

  it('the level by itself wins over the one inside the logging configuration', () => {
    const SERVING_LOGGING_CONFIG = '{"level":"debug","encoding":"json"}';
    expect(readPlatform({ SERVING_LOGGING_CONFIG, SERVING_LOGGING_LEVEL: 'error' }).logLevel).toBe('error');
    expect(readPlatform({ SERVING_LOGGING_CONFIG, SERVING_LOGGING_LEVEL: '' }).logLevel).toBe('debug');
    expect(readPlatform({ SERVING_LOGGING_CONFIG, SERVING_LOGGING_LEVEL: 'loud' }).logLevel).toBe('debug');
  });

  it.each([
    ['CONTAINER_CONCURRENCY', '-1'],
    ['CONTAINER_CONCURRENCY', 'many'],
    ['REVISION_TIMEOUT_SECONDS', '0'],
    ['REVISION_TIMEOUT_SECONDS', '99999999'],
    ['ENABLE_HTTP2_AUTO_DETECTION', 'perhaps'],
    ['SERVING_LOGGING_LEVEL', 'loud'],
    ['SERVING_LOGGING_CONFIG', 'level: info'],
    ['SERVING_LOGGING_CONFIG', '{"level": 3}'],
    ['SERVING_LOGGING_CONFIG', 'null'],
    ['SERVING_LOGGING_CONFIG', '{"level": "loud"}'],
  ])('%s=%s is passed over with one notice that names it', (name, text) => {
    const { notices, ...rest } = readPlatform({ [name]: text });
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatch(new RegExp(`^${name}: expected .*ignored$`));
    expect(readPlatform({})).toMatchObject(rest);
  });

  it('a logging configuration without a level is no reason for a notice', () => {
    expect(readPlatform({ SERVING_LOGGING_CONFIG: '{}' })).toEqual(readPlatform({}));
  });
});
