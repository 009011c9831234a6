import { describe, expect, it } from 'vitest';
import { readGivenValues } from '../../src/config/given.ts';
import { options } from '../../src/config/options.ts';

describe('values from command line and environment', () => {
  it('lists of one source add up, those of the other source do not', () => {
    const env = { OUTRIGGER_METADATA_HEADERS: 'X,Y' };
    const argv = [
      '--metadata-headers',
      'A,B',
      '--metadata-headers=C',
      '--metadata-annotations=a=1',
      '--metadata-annotations=b=2',
    ];
    const { values } = readGivenValues({ table: options, argv, env });
    expect(values['metadata-headers']).toEqual(['A', 'B', 'C']);
    expect(values['metadata-annotations']).toEqual({ a: '1', b: '2' });
    expect(readGivenValues({ table: options, argv: [], env }).values['metadata-headers']).toEqual(['X', 'Y']);
  });

  it('of any other repeated flag the last one counts, and a bad one is told all the same', () => {
    const { values, problems } = readGivenValues({
      table: options,
      argv: ['--port=1', '--port=x', '--port=2'],
      env: {},
    });
    expect(values.port).toBe(2);
    expect(problems).toHaveLength(1);
  });

  it('an empty variable is a value for a text and switches a URL off, or is as good as absent', () => {
    const { values, sources } = readGivenValues({
      table: options,
      argv: [],
      env: {
        OUTRIGGER_CONFIG_DIR: '',
        OUTRIGGER_LOG_URL: '',
        OUTRIGGER_PORT: '',
      },
    });
    expect(values['config-dir']).toBe('');
    expect(values['log-url']).toEqual([]);
    expect(values.port).toBe(9081);
    expect([...sources]).toEqual([['config-dir', 'OUTRIGGER_CONFIG_DIR']]);
  });

  it("Kubernetes' link to a Service named outrigger is no port", () => {
    const env = {
      OUTRIGGER_PORT: 'tcp://10.96.0.1:80',
      OUTRIGGER_PORT_80_TCP: 'tcp://10.96.0.1:80',
      OUTRIGGER_PORT_80_TCP_PORT: '80',
      OUTRIGGER_SERVICE_HOST: '10.96.0.1',
      OUTRIGGER_SERVICE_PORT: '80',
      OUTRIGGER_METRICS_PORT: 'tcp://10.96.0.2:9089',
    };
    const { values, problems, notices } = readGivenValues({ table: options, argv: [], env });
    expect([values.port, values['metrics-port'], problems]).toEqual([9081, 9089, []]);
    expect(notices.map((notice) => notice.split(':', 1)[0])).toEqual(['OUTRIGGER_PORT', 'OUTRIGGER_METRICS_PORT']);
  });

  it('a misspelt variable is a notice, one of somebody else is not', () => {
    const { notices } = readGivenValues({
      table: options,
      argv: [],
      env: { OUTRIGGER_MAX_BATCH_SIZE: '1', OUTRIGGER_BUILD_MACHINE: 'x', PORT: '1' },
    });
    expect(notices).toEqual([expect.stringMatching(/^OUTRIGGER_MAX_BATCH_SIZE: .*OUTRIGGER_MAX_BATCHSIZE\?$/)]);
  });
});
