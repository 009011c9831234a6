import { beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { freePorts } from '../support/free-ports.ts';
import { rawClient } from '../support/raw-client.ts';
import { answering, rawRuntime } from '../support/raw-runtime.ts';
import { builtProgram } from './support/built-program.ts';
import { answered, before, connected, get, local, quick, serve, start, statusOf } from './support/served-agent.ts';

let program: string;

beforeAll(async () => {
  program = await builtProgram();
});

describe('SIGTERM', () => {
  it('fails health checks at once on both ports while requests are served', async () => {
    const [opsPort = 0] = await freePorts(1);
    const flags = ['--metrics-host', '127.0.0.1', '--metrics-port', String(opsPort), '--drain-min-wait', '20s'];
    const { agent, port } = await serve({ program }, flags);
    const probe = { 'User-Agent': 'kube-probe/1.31', 'K-Network-Probe': 'queue' };
    expect(await statusOf(port, '/', probe)).toBe(200);
    expect(await statusOf(opsPort, '/readyz')).toBe(200);
    agent.signal('SIGTERM');
    await agent.logged(({ msg }) => msg.startsWith('draining'));
    expect([await statusOf(port, '/', probe), await statusOf(opsPort, '/readyz')]).toEqual([503, 503]);
    expect(await statusOf(opsPort, '/livez')).toBe(200);
    expect(await statusOf(port, '/v2')).toBe(200);
    agent.signal('SIGTERM');
    expect(await agent.end()).toEqual({ exitCode: 0, signal: null });
  });

  it('leaves nothing open that would keep the process: it ends without process.exit', async () => {
    const noted = 'const { exit } = process; process.exit = (code) => { console.error("forced"); exit(code); }';
    const [opsPort = 0] = await freePorts(1);
    const flags = ['--metrics-host', '127.0.0.1', '--metrics-port', String(opsPort)];
    const { agent, port } = await serve({ program: await before(noted, program) }, flags);
    const kept = await rawClient(port); // stays open all the time
    kept.send(get);
    await kept.until(answered);
    await rawClient(port); // says nothing
    expect(await statusOf(port, '/', { 'User-Agent': 'kube-probe/1.31', 'K-Network-Probe': 'queue' })).toBe(200);
    expect([await statusOf(opsPort, '/metrics'), await statusOf(opsPort, '/readyz')]).toEqual([200, 200]);
    expect(await agent.stop()).toEqual({ exitCode: 0, signal: null });
    expect(agent.stderr).toBe('');
  });

  it('cut short ends with 1 and the log names what was cut', async () => {
    const runtime = await rawRuntime();
    const flags = [
      ...local,
      '--component-port',
      String(runtime.port),
      '--drain-max-wait',
      '500ms',
      '--drain-min-wait',
      '0s',
    ];
    const agent = start({ program, args: flags });
    const client = await rawClient(await agent.served());
    client.send('POST /v2/models/slow/infer?key=secret HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}');
    await eventually('the request is with the runtime', () => runtime.received() !== '');
    expect(await agent.stop()).toEqual({ exitCode: 1, signal: null });
    expect(agent.log.find(({ level }) => level === 'error')).toMatchObject({
      cut: 1,
      requests: ['POST /v2/models/slow/infer'],
    });
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    '(%s) while the agent starts ends it with 0, after who came was answered',
    async (signal) => {
      const runtime = await rawRuntime(answering());
      const [port = 0] = await freePorts(1);
      const fixed = [
        '--host',
        '127.0.0.1',
        '--port',
        String(port),
        '--metrics-port',
        '0',
        '--component-port',
        String(runtime.port),
      ];
      const agent = start({ program, args: [...fixed, ...quick] });
      await connected(port);
      const client = await rawClient(port);
      client.send(get);
      agent.signal(signal);
      await client.until(answered);
      expect(await agent.end()).toEqual({ exitCode: 0, signal: null });
    },
  );

  it('behind queue-proxy is waited out until 30 s without a request, or a second signal', async () => {
    const runtime = await rawRuntime(answering());
    const env = { QUEUE_SERVING_PORT: '8012', REVISION_TIMEOUT_SECONDS: '300' };
    const agent = start({ program, args: [...local, '--component-port', String(runtime.port)], env });
    const port = await agent.served();
    agent.signal('SIGTERM');
    await agent.logged(({ msg }) => msg.startsWith('draining'));
    const client = await rawClient(port);
    client.send(get);
    expect(await client.closed()).toMatch(/\r\nConnection: close\r\n/);
    agent.signal('SIGTERM');
    expect(await agent.end()).toEqual({ exitCode: 0, signal: null });
  });
});
