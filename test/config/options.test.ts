import { describe, expect, it } from 'vitest';
import { environmentName } from '../../src/config/option.ts';
import { type OptionName, optionNames, optionOf } from '../../src/config/options.ts';
import { readConfig } from '../../src/config/read.ts';
import { problemsOf } from './problems-of.ts';

/** For each option a text that is not its default, and what /status shows for it then. */
const samples: Record<OptionName, readonly [text: string, shown: string | number | boolean]> = {
  host: ['127.0.0.1', '127.0.0.1'],
  port: ['9999', 9_999],
  'max-connections': ['12', 12],
  'max-header-bytes': ['32Ki', 32_768],
  'max-header-count': ['50', 50],
  'max-url-bytes': ['4096', 4_096],
  'max-body-bytes': ['1Mi', 1_048_576],
  'headers-timeout': ['10s', '10s'],
  'keep-alive-timeout': ['1m15s', '1m15s'],
  lanes: ['off', 'off'],
  'grpc-forwarding': ['true', true],
  'component-port': ['8000', 8_000],
  'component-grpc-port': ['8001', 8_001],
  'container-concurrency': ['3', 3],
  'upstream-connect-timeout': ['500ms', '500ms'],
  'upstream-idle-timeout': ['3s', '3s'],
  'upstream-max-connections': ['8', 8],
  'upstream-request-timeout': ['1h', '1h'],
  'retry-stale-connection': ['false', false],
  'deny-apis': ['shm,trace', 'shm,trace'],
  'drain-min-wait': ['1s', '1s'],
  'drain-quiet-period': ['7s', '7s'],
  'drain-max-wait': ['50s', '50s'],
  'metrics-host': ['::1', '::1'],
  'metrics-port': ['9090', 9_090],
  'log-level': ['debug', 'debug'],
  'log-pretty': ['true', true],
  'enable-puller': ['true', true],
  'config-dir': ['/c', '/c'],
  'model-dir': ['/m', '/m'],
  'model-pulls': ['2', 2],
  'model-refresh-interval': ['5m', '5m'],
  'model-disk-budget': ['2Ti', 2_199_023_255_552],
  'runtime-api': ['ovms', 'ovms'],
  'runtime-management-port': ['7071', 7_071],
  'runtime-config-file': ['/f', '/f'],
  'runtime-model-dir': ['/r', '/r'],
  'runtime-check-interval': ['1s', '1s'],
  'model-loads': ['2', 2],
  'model-load-timeout': ['1h', '1h'],
  'own-models': ['false', false],
  'model-memory-budget': ['8Gi', 8_589_934_592],
  'model-ready-attempts': ['3', 3],
  'model-ready-timeout': ['0', '0s'],
  'on-model-failure': ['exit', 'exit'],
  'model-wait': ['1s', '1s'],
  'model-waiting': ['9', 9],
  'store-connections': ['16', 16],
  'allow-addresses': ['10.0.0.5', '10.0.0.5'],
  'store-ca-file': ['/ca.pem', '/ca.pem'],
  'store-tls-skip-verify': ['true', true],
  'max-files': ['7', 7],
  'max-unpacked-bytes': ['1Gi', 1_073_741_824],
  'log-url': ['http://sink,http://a:b@c', 'http://sink,http://***@c'],
  workers: ['2', 2],
  'source-uri': ['pod-0', 'pod-0'],
  'log-mode': ['response', 'response'],
  'log-store-path': ['/logs', '/logs'],
  'log-store-format': ['csv', 'csv'],
  'log-marshaller-url': ['http://localhost:1/m', 'http://localhost:1/m'],
  'log-marshaller-port': ['9084', 9_084],
  'log-batch-size': ['100', 100],
  'log-batch-interval': ['5s', '5s'],
  'inference-service': ['sklearn', 'sklearn'],
  namespace: ['default', 'default'],
  endpoint: ['canary', 'canary'],
  component: ['predictor', 'predictor'],
  'metadata-headers': ['Foo,Fizz', 'Foo,Fizz'],
  'metadata-annotations': ['team=a=b', 'team=a=b'],
  'logger-ca-cert-file': ['ca.crt', 'ca.crt'],
  'logger-tls-skip-verify': ['true', true],
  'log-client-timeout': ['1s', '1s'],
  'log-client-cert-file': ['/c', '/c'],
  'log-client-key-file': ['/k', '/k'],
  'log-bearer-token-file': ['/t', '/t'],
  'log-all-responses': ['true', true],
  'log-combined': ['true', true],
  'log-sample-rate': ['0.5', 0.5],
  'log-sample-by': ['id', 'id'],
  'log-opt-out-header': ['X-No-Log', 'X-No-Log'],
  'log-max-bytes': ['1Mi', 1_048_576],
  'log-redact': ['$.a,tensor:b', '$.a,tensor:b'],
  'log-sensitive-headers': ['true', true],
  'log-attributes': ['team=a', 'team=a'],
  'log-model-attributes': ['false', false],
  'log-event-ids': ['distinct', 'distinct'],
  'log-format': ['structured', 'structured'],
  'log-batch-bytes': ['2Mi', 2_097_152],
  'log-queue-max-bytes': ['1Mi', 1_048_576],
  'log-queue-max-events': ['50', 50],
  'log-max-attempts': ['3', 3],
  'log-max-backoff': ['5s', '5s'],
  'log-dead-letter-url': ['http://dead', 'http://dead'],
  'log-dead-letter-dir': ['/d', '/d'],
  'log-dead-letter-max-bytes': ['1Mi', 1_048_576],
  'log-spool-dir': ['/s', '/s'],
  'log-spool-max-bytes': ['2Mi', 2_097_152],
  'log-spool-sync': ['full', 'full'],
  'log-spool-wait-ms': ['7', 7],
  'enable-batcher': ['true', true],
  'max-batchsize': ['16', 16],
  'max-latency': ['500', 500],
  'batch-policy': ['window', 'window'],
  'batcher-response': ['kserve', 'kserve'],
  'batcher-key-headers': ['X-Tenant,Accept', 'X-Tenant,Accept'],
  'batcher-models': ['*', '*'],
  'batcher-rerun': ['false', false],
  'batcher-header': ['true', true],
  'batcher-max-body-bytes': ['1Mi', 1_048_576],
  'batcher-max-waiting-rows': ['64', 64],
  'batcher-max-waiting-bytes': ['32Mi', 33_554_432],
  'batcher-max-keys': ['7', 7],
  'probe-period': ['-2', -2],
};

/** What must be said beside an option. */
const beside: Partial<Record<OptionName, string>> = {
  'log-client-cert-file': '--log-client-key-file=/k',
  'log-client-key-file': '--log-client-cert-file=/c',
};

/** The defaults of KServe's agent (contract, section 2), as /status shows them. */
const kserveDefaults = {
  port: 9081,
  'component-port': 8080,
  'enable-puller': false,
  'config-dir': '/mnt/configs',
  'model-dir': '/mnt/models',
  'log-url': '',
  workers: 5,
  'source-uri': 'http://localhost:9081/',
  'log-mode': 'all',
  'log-store-path': '',
  'log-store-format': 'json',
  'log-marshaller-url': 'http://localhost:9083/marshal',
  'log-marshaller-port': 9083,
  'log-batch-size': 1,
  'log-batch-interval': '0s',
  'inference-service': '',
  namespace: '',
  endpoint: '',
  component: '',
  'metadata-headers': '',
  'metadata-annotations': '',
  'enable-batcher': false,
  'max-batchsize': 32,
  'max-latency': 5000,
  'probe-period': -1,
  'logger-ca-cert-file': 'service-ca.crt',
  'logger-tls-skip-verify': false,
  'log-client-timeout': '10s',
};

describe('the option table', () => {
  it('environment names derive from flags, and no two are the same', () => {
    expect(environmentName('max-batchsize')).toBe('OUTRIGGER_MAX_BATCHSIZE');
    expect(new Set(optionNames.map(environmentName)).size).toBe(optionNames.length);
  });

  it.each(optionNames)('--%s has a sentence, and a default that its own kind accepts', (name) => {
    const { kind, default: byDefault, defaultText, sentence } = optionOf(name);
    expect(sentence).toMatch(/^[A-Z`].*\.$/);
    if (byDefault === null) expect(defaultText).toBeTypeOf('string');
    else expect(kind.read(String(kind.show(byDefault)))).toEqual(byDefault);
  });

  it("KServe's flags have KServe's defaults", () => {
    expect(readConfig({ argv: [], env: {} }).effective).toMatchObject(kserveDefaults);
  });

  it.each(optionNames)('--%s is taken as `--flag v`, as `--flag=v` and from the environment', (name) => {
    const [text, shown] = samples[name];
    const others = beside[name] === undefined ? [] : [beside[name]];
    const ways = [
      readConfig({ argv: [...others, `--${name}`, text], env: {} }),
      readConfig({ argv: [...others, `--${name}=${text}`], env: {} }),
      readConfig({ argv: others, env: { [environmentName(name)]: text } }),
    ];
    for (const { effective } of ways) expect(effective[name]).toBe(shown);
    expect(readConfig({ argv: [], env: {} }).effective[name]).not.toBe(shown);
  });

  it.each(optionNames)('--%s wins over its environment variable, even a bad one', (name) => {
    const [text, shown] = samples[name];
    const argv = [...(beside[name] === undefined ? [] : [beside[name]]), `--${name}`, text];
    const { effective } = readConfig({ argv, env: { [environmentName(name)]: '\u0000' } });
    expect(effective[name]).toBe(shown);
  });

  it.each(optionNames.filter((name) => optionOf(name).kind.read('=?') === undefined))(
    '--%s of the wrong type is one problem, which names where it came from',
    (name) => {
      const expected = `expected ${optionOf(name).kind.expected}, got "=?"`;
      expect(problemsOf({ argv: [`--${name}==?`] })).toEqual([`--${name}: ${expected}`]);
      expect(problemsOf({ env: { [environmentName(name)]: '=?' } })).toEqual([`${environmentName(name)}: ${expected}`]);
    },
  );

  it.each(optionNames.filter((name) => !optionOf(name).kind.emptyIsValue))(
    'an empty variable for --%s is as good as none',
    (name) => {
      const empty = readConfig({ argv: [], env: { [environmentName(name)]: ' ' } });
      expect(empty).toEqual(readConfig({ argv: [], env: {} }));
    },
  );
});
