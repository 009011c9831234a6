import { describe, expect, it } from 'vitest';
import { type ProbeReading, readProbes } from '../../src/config/probe.ts';

const ports = { port: 8080, grpcPort: 8081 };
const httpGet = { kind: 'httpGet', host: '127.0.0.1', port: 8080, path: '/', scheme: 'http', headers: [] };
const portAnswers = { kind: 'tcpSocket', host: '127.0.0.1', port: 8080 };

function read(probe: unknown): ProbeReading {
  return readProbes(typeof probe === 'string' ? probe : JSON.stringify(probe), ports);
}

describe('SERVING_READINESS_PROBE', () => {
  it.each<[string, unknown, object]>([
    ['an httpGet with nothing but a port', { httpGet: { port: 8080 } }, httpGet],
    ['an httpGet without a port', { httpGet: {} }, httpGet],
    ['an httpGet whose port is 0', { httpGet: { port: 0, path: '', scheme: '', host: '' } }, httpGet],
    ['an httpGet whose port is a numeric text', { httpGet: { port: ' 8080 ' } }, httpGet],
    [
      'an httpGet with everything',
      {
        httpGet: {
          host: '[::1]',
          port: 8080,
          path: 'ready',
          scheme: 'HTTPS',
          httpHeaders: [{ name: 'A', value: 'b' }, { name: 'C' }],
        },
      },
      {
        ...httpGet,
        host: '::1',
        path: '/ready',
        scheme: 'https',
        headers: [
          ['A', 'b'],
          ['C', ''],
        ],
      },
    ],
    [
      'an httpGet whose path needs escapes',
      { httpGet: { path: '/a b\r\nü%20?c=d#e' } },
      { ...httpGet, path: '/a%20b%0D%0A%C3%BC%20?c=d' },
    ],
    ['an httpGet whose path is no Unicode', { httpGet: { path: '/\ud800' } }, { ...httpGet, path: '/%EF%BF%BD' }],
    ['a tcpSocket', { tcpSocket: { port: 8080, host: '10.0.0.1' } }, { ...portAnswers, host: '10.0.0.1' }],
    ['a tcpSocket with null fields', { tcpSocket: { port: null, host: null }, httpGet: null }, portAnswers],
    [
      'a grpc',
      { grpc: { port: 8081, service: 'models' } },
      { kind: 'grpc', host: '127.0.0.1', port: 8081, service: 'models' },
    ],
    ['a grpc without anything', { grpc: {} }, { kind: 'grpc', host: '127.0.0.1', port: 8081, service: '' }],
    ['a handler of the future', { teleport: { port: 1 } }, portAnswers],
    ['an empty object', {}, portAnswers],
    ['null', null, portAnswers],
    ['an empty array', [], portAnswers],
    ['an empty text', '', portAnswers],
  ])('%s', (_, probe, check) => {
    const { probes, notices, problems } = read(probe);
    expect(probes.map((one) => one.check)).toEqual([check]);
    expect([notices, problems]).toEqual([[], []]);
  });

  it("absent: the runtime's port must answer, one attempt of a second", () => {
    const probe = { check: portAnswers, timeoutMs: 1_000, periodMs: 10_000, successThreshold: 1 };
    expect(readProbes(undefined, ports)).toEqual({ probes: [probe], notices: [], problems: [] });
  });

  it('numbers are read as Go reads them: what is missing is 0, so the period is an aggressive one', () => {
    const numbers = (probe: object) => {
      const { timeoutMs, periodMs, successThreshold } = read({ ...probe, tcpSocket: { port: 8080 } }).probes[0]!;
      return [timeoutMs, periodMs, successThreshold];
    };
    expect(numbers({})).toEqual([1_000, 0, 1]);
    expect(numbers({ timeoutSeconds: 0, periodSeconds: -1, successThreshold: -3 })).toEqual([1_000, 0, 1]);
    expect(numbers({ timeoutSeconds: 3, periodSeconds: 10, successThreshold: 2 })).toEqual([3_000, 10_000, 2]);
  });

  it('an array is several probes, null among them asks nothing', () => {
    const { probes } = read([{ tcpSocket: { port: 8080 } }, null, { httpGet: { port: 8080 } }]);
    expect(probes.map((one) => one.check)).toEqual([portAnswers, httpGet]);
  });

  it("an exec cannot be run from here: the runtime's port must answer, and a notice says so", () => {
    const { probes, notices } = read({ exec: { command: ['true'] } });
    expect(probes[0]?.check).toEqual(portAnswers);
    expect(notices).toHaveLength(1);
  });

  it("a port's name becomes the runtime's port, with a notice", () => {
    const { probes, notices } = read({ httpGet: { port: 'http1' } });
    expect(probes[0]?.check).toEqual(httpGet);
    expect(notices).toEqual([expect.stringContaining('"http1"')]);
  });

  it("a port that is not the runtime's is obeyed, and one notice names both", () => {
    const { probes, notices } = read({ httpGet: { port: 9000 } });
    expect(probes[0]?.check.port).toBe(9_000);
    expect(notices).toEqual([expect.stringMatching(/\b9000\b.*\b8080\b/)]);
  });

  it("several probes that never ask the runtime's port are one notice; other containers beside it are none", () => {
    expect(read([{ tcpSocket: { port: 1 } }, { tcpSocket: { port: 2 } }]).notices).toHaveLength(1);
    expect(read([{ tcpSocket: { port: 1 } }, { tcpSocket: { port: 8080 } }]).notices).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    ['broken JSON', '{"httpGet": {"httpHeaders": [{"value": "secret"', ': expected a Kubernetes probe'],
    ['a number', '5', ': expected a Kubernetes probe'],
    ['a text', '"secret"', ': expected a Kubernetes probe'],
    ['a port out of range', { httpGet: { port: 70_000 } }, ': httpGet.port: expected a port'],
    ['a numeric text out of range', { httpGet: { port: '70000' } }, ': httpGet.port: expected a port'],
    ['a broken port', { tcpSocket: { port: 1.5 } }, ': tcpSocket.port: expected a port'],
    ['a port of another type', { tcpSocket: { port: ['secret'] } }, ': tcpSocket.port: expected a port'],
    ['a handler of another type', { httpGet: 'secret' }, ': httpGet: expected an object'],
    ['a scheme of its own', { httpGet: { scheme: 'secret' } }, ': httpGet.scheme: expected HTTP or HTTPS'],
    [
      'a header with a line break',
      { httpGet: { httpHeaders: [{ name: 'A', value: 'secret\r\nB: c' }] } },
      ': httpGet.httpHeaders.0.value: expected',
    ],
    [
      'a header without a name',
      { httpGet: { httpHeaders: [{ value: 'secret' }] } },
      ': httpGet.httpHeaders.0.name: expected',
    ],
    ['a host with a path', { tcpSocket: { host: 'a/secret' } }, ': tcpSocket.host: expected'],
    ['half a second', { timeoutSeconds: 0.5 }, ': timeoutSeconds: expected a whole number'],
    ['more seconds than a timer knows', { periodSeconds: 1e9 }, ': periodSeconds: expected a whole number'],
    ['one bad among several', [{}, { grpc: { port: -1 } }], '[1]: grpc.port: expected a port'],
  ])('%s is a problem that says where, and quotes no text', (_, probe, said) => {
    const { problems } = read(probe);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`SERVING_READINESS_PROBE${said}`);
    expect(problems[0]).not.toContain('secret');
  });

  it('all problems of a probe are told at once', () => {
    const { problems } = read({ httpGet: { port: -1, scheme: 'ftp' }, timeoutSeconds: 'a' });
    expect(problems).toHaveLength(3);
  });
});
