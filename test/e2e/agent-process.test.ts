// The agent as users run it: what it says, how it ends, and what it survives.
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { findFreePorts } from '../real/ports.ts';
import { eventually } from '../support/eventually.ts';
import { rawClient } from '../support/raw-client.ts';
import { answering, rawRuntime } from '../support/raw-runtime.ts';
import { AgentProcess, type AgentProcessOptions } from './support/agent-process.ts';
import { builtProgram } from './support/built-program.ts';

const local = ['--host', '127.0.0.1', '--port', '0', '--metrics-port', '0'];
const quick = ['--drain-min-wait', '0s', '--drain-quiet-period', '0s'];
const get = 'GET /v2 HTTP/1.1\r\nHost: h\r\n\r\n';
const answered = (text: string): boolean => text.endsWith('{"ok":true}');

let program: string;

beforeAll(async () => {
  program = await builtProgram();
});

function start(options: Partial<AgentProcessOptions>): AgentProcess {
  const agent = new AgentProcess({ program, ...options });
  onTestFinished(() => agent[Symbol.asyncDispose]());
  return agent;
}

/** An agent that serves, before a runtime that answers everything. */
async function serve(flags: readonly string[] = [], options: Partial<AgentProcessOptions> = {}) {
  const runtime = await rawRuntime(answering());
  const agent = start({ args: [...local, ...quick, '--component-port', String(runtime.port), ...flags], ...options });
  return { agent, port: await agent.served(), runtime };
}

async function expectAnswer(port: number): Promise<void> {
  const client = await rawClient(port);
  client.send(get);
  await client.until(answered);
}

describe('the command line', () => {
  it('--version and --help print and end with 0', async () => {
    const version = start({ args: ['--version'] });
    expect(await version.end()).toEqual({ exitCode: 0, signal: null });
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const help = start({ args: ['--help'] });
    expect(await help.end()).toEqual({ exitCode: 0, signal: null });
    expect(help.stdout).toContain('--component-port');
    expect([version.stderr, help.stderr]).toEqual(['', '']);
  });

  it('that is wrong ends with 64, every problem on stderr, and no port was bound', async () => {
    const [port = 0] = await findFreePorts(1);
    const knocks = knock(port);
    const agent = start({
      args: ['--port', String(port), '--max-batchsize', '0', '--prot', '1', '--component-port=x'],
    });
    expect(await agent.end()).toEqual({ exitCode: 64, signal: null });
    expect(agent.stderr.match(/^outrigger: --[a-z-]+: expected .*$/gm)).toHaveLength(3);
    expect(agent.stdout).toBe('');
    expect(await knocks.stop()).toBe(0);
  });

  it('that names no command there is ends with 64', async () => {
    const agent = start({ args: ['surf'] });
    expect(await agent.end()).toEqual({ exitCode: 64, signal: null });
  });

  it('whose port is taken ends with 1 and one line that names it', async () => {
    const owner = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void owner.close());
    await once(owner, 'listening');
    const { port } = owner.address() as { port: number };
    const agent = start({ args: ['--host', '127.0.0.1', '--port', String(port), '--metrics-port', '0'] });
    expect(await agent.end()).toEqual({ exitCode: 1, signal: null });
    expect(agent.stderr).toMatch(new RegExp(`^outrigger: --port: .*${port}.*in use.*\\n$`));
  });
});

describe('a running agent', () => {
  it('accepts before it is ready to serve, and answers who came then', async () => {
    const runtime = await rawRuntime(answering());
    const [port = 0] = await findFreePorts(1);
    const startedMs = performance.now();
    start({ args: ['--host', '127.0.0.1', '--port', String(port), '--component-port', String(runtime.port)] });
    await connected(port);
    console.info(`from spawn to an open port: ${Math.round(performance.now() - startedMs)} ms`);
    await expectAnswer(port);
  });

  it('serves without its operator port when that is taken, and says so', async () => {
    const owner = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void owner.close());
    await once(owner, 'listening');
    const { port: taken } = owner.address() as { port: number };
    const { agent, port } = await serve(['--metrics-host', '127.0.0.1', '--metrics-port', String(taken)]);
    await expectAnswer(port);
    expect(agent.log.filter(({ level }) => level === 'warn')).toHaveLength(1);
    expect(await agent.stop()).toEqual({ exitCode: 0, signal: null });
  });

  it('lives on after SIGHUP and SIGPIPE', async () => {
    const { agent, port } = await serve();
    agent.signal('SIGHUP');
    agent.signal('SIGPIPE');
    await expectAnswer(port);
    expect(await agent.stop()).toEqual({ exitCode: 0, signal: null });
  });

  it('lives on when nobody reads its log any more, and still ends by itself', async () => {
    const { agent, port } = await serve(['--log-level', 'trace']);
    agent.child.stdout?.destroy();
    agent.child.stderr?.destroy();
    for (let i = 0; i < 20; i++) await expectAnswer(port);
    expect(await agent.stop()).toEqual({ exitCode: 0, signal: null });
  });

  it('lives on when its log is full, and still ends by itself', async () => {
    const { agent, port } = await serve([
      '--log-level',
      'trace',
      '--max-url-bytes',
      '60000',
      '--max-header-bytes',
      '60000',
    ]);
    agent.child.stdout?.pause(); // a pipe holds 64 KiB, and what node reads ahead
    const client = await rawClient(port);
    for (let i = 0; i < 20; i++) {
      client.send(`GET /${'x'.repeat(30_000)} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, x\r\n\r\n`);
      await expectAnswer(port);
    }
    expect(await agent.stop()).toEqual({ exitCode: 0, signal: null });
  });

  it('answers those it serves while more come than it may have open files, and the others again later', async () => {
    const { agent, port } = await serve([], { maxOpenFiles: 64 });
    const served = await rawClient(port);
    served.send(get);
    await served.until(answered);
    const crowd = await Promise.all(Array.from({ length: 100 }, () => rawClient(port)));
    served.send(get);
    await served.until((text) => text.split('{"ok":true}').length === 3);
    await eventually(() => crowd.some((client) => client.received().startsWith('HTTP/1.1 503 ')));
    for (const client of crowd) client.socket.destroy();
    await eventually(() => crowd.every(({ socket }) => socket.destroyed));
    await answeredInTheEnd(port);
    expect(agent.log.find(({ maxConnections }) => maxConnections !== undefined)).toMatchObject({ maxConnections: 12 });
    expect(await agent.stop()).toEqual({ exitCode: 0, signal: null });
  });

  it('serves on after a rejection that nobody handled', async () => {
    const { agent, port } = await serve([], { program: await withFault('Promise.reject(new Error("unseen"))') });
    await agent.logged(({ level }) => level === 'error');
    await expectAnswer(port);
    expect(await agent.stop()).toEqual({ exitCode: 0, signal: null });
  });

  it('answers what is in flight after an exception that nobody caught, then ends with 1', async () => {
    const runtime = await rawRuntime(({ socket }) => {
      setTimeout(() => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate'), 2_000);
    });
    const flags = [...local, '--component-port', String(runtime.port)];
    const agent = start({ args: flags, program: await withFault('null.unseen') });
    const client = await rawClient(await agent.served());
    client.send(get);
    expect(await client.closed(10_000)).toMatch(/late$/);
    expect(await agent.end()).toEqual({ exitCode: 1, signal: null });
    expect(agent.log.some(({ level, err }) => level === 'error' && JSON.stringify(err).includes('unseen'))).toBe(true);
  });
});

describe('SIGTERM', () => {
  it('fails health checks at once on both ports while requests are served', async () => {
    const [opsPort = 0] = await findFreePorts(1);
    const flags = ['--metrics-host', '127.0.0.1', '--metrics-port', String(opsPort), '--drain-min-wait', '20s'];
    const { agent, port } = await serve(flags);
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
    const agent = start({ args: flags });
    const client = await rawClient(await agent.served());
    client.send('POST /v2/models/slow/infer?key=secret HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}');
    await eventually(() => runtime.received() !== '');
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
      const [port = 0] = await findFreePorts(1);
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
      const agent = start({ args: [...fixed, ...quick] });
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
    const agent = start({ args: [...local, '--component-port', String(runtime.port)], env });
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

/** A program that is the agent and has a fault of its own, a moment after it serves. */
async function withFault(fault: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'outrigger-fault-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'faulty.cjs');
  await writeFile(file, `setTimeout(() => { ${fault}; }, 1000);\nrequire(${JSON.stringify(program)});\n`);
  return file;
}

async function statusOf(port: number, path: string, headers: Record<string, string> = {}): Promise<number | undefined> {
  const call = request({ host: '127.0.0.1', port, path, headers, agent: false }).end();
  const [answer] = await once(call, 'response');
  answer.resume();
  return answer.statusCode;
}

/** Waits until somebody opens at the port. */
async function connected(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const open = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (open) return;
  }
}

/** The first answer from the runtime after refusals. */
async function answeredInTheEnd(port: number): Promise<void> {
  for (let tries = 0; ; tries++) {
    const client = await rawClient(port);
    client.send(get);
    const text = await client.until((received) => answered(received) || client.ended());
    if (answered(text)) return;
    if (tries === 100) throw new Error(`still refused: ${text}`);
  }
}

/** Knocks again and again; `stop` tells how often somebody opened. */
function knock(port: number): { stop(): Promise<number> } {
  let opened = 0;
  let going = true;
  const knocking = (async () => {
    while (going) {
      const socket = connect(port, '127.0.0.1');
      if (
        await once(socket, 'connect').then(
          () => true,
          () => false,
        )
      )
        opened += 1;
      socket.destroy();
      await new Promise(setImmediate);
    }
  })();
  return {
    async stop() {
      going = false;
      await knocking;
      return opened;
    },
  };
}
