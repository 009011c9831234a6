// The agent as users run it: what it says, how it ends, and what it survives.
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { freePorts } from '../support/free-ports.ts';
import { rawClient } from '../support/raw-client.ts';
import { answering, rawRuntime } from '../support/raw-runtime.ts';
import { builtProgram } from './support/built-program.ts';
import { answered, connected, expectAnswer, get, local, serve, start, withFault } from './support/served-agent.ts';

let program: string;

beforeAll(async () => {
  program = await builtProgram();
});

describe('the command line', () => {
  it('--version and --help print and end with 0', async () => {
    const version = start({ program, args: ['--version'] });
    expect(await version.end()).toEqual({ exitCode: 0, signal: null });
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const help = start({ program, args: ['--help'] });
    expect(await help.end()).toEqual({ exitCode: 0, signal: null });
    expect(help.stdout).toContain('--component-port');
    expect([version.stderr, help.stderr]).toEqual(['', '']);
  });

  it('that is wrong ends with 64, every problem on stderr, and no port was bound', async () => {
    const [port = 0] = await freePorts(1);
    const knocks = knock(port);
    const agent = start({
      program,
      args: ['--port', String(port), '--max-batchsize', '0', '--prot', '1', '--component-port=x'],
    });
    expect(await agent.end()).toEqual({ exitCode: 64, signal: null });
    expect(agent.stderr.match(/^outrigger: --[a-z-]+: expected .*$/gm)).toHaveLength(3);
    expect(agent.stdout).toBe('');
    expect(await knocks.stop()).toBe(0);
  });

  it('that is wrong leaves its problems where Kubernetes looks for the reason', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'outrigger-end-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'termination-log');
    writeFileSync(file, '');
    const agent = start({ program, args: ['--port=x', '--workers=0'], env: { TERMINATION_LOG_PATH: file } });
    await agent.end();
    expect(readFileSync(file, 'utf8')).toBe(agent.stderr.replaceAll('outrigger: ', ''));
    expect(readFileSync(file, 'utf8').match(/^--(port|workers): expected/gm)).toHaveLength(2);
  });

  it('that names no command there is ends with 64', async () => {
    const agent = start({ program, args: ['surf'] });
    expect(await agent.end()).toEqual({ exitCode: 64, signal: null });
  });

  it('whose port is taken ends with 1 and one line that names it', async () => {
    const owner = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void owner.close());
    await once(owner, 'listening');
    const { port } = owner.address() as { port: number };
    const agent = start({ program, args: ['--host', '127.0.0.1', '--port', String(port), '--metrics-port', '0'] });
    expect(await agent.end()).toEqual({ exitCode: 1, signal: null });
    expect(agent.stderr).toMatch(new RegExp(`^outrigger: --port: .*${port}.*in use.*\\n$`));
  });
});

describe('a running agent', () => {
  it('accepts before it is ready to serve, and answers who came then', async () => {
    const runtime = await rawRuntime(answering());
    const [port = 0] = await freePorts(1);
    const startedMs = performance.now();
    start({ program, args: ['--host', '127.0.0.1', '--port', String(port), '--component-port', String(runtime.port)] });
    await connected(port);
    console.info(`from spawn to an open port: ${Math.round(performance.now() - startedMs)} ms`);
    await expectAnswer(port);
  });

  it('serves without its operator port when that is taken, and says so', async () => {
    const owner = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void owner.close());
    await once(owner, 'listening');
    const { port: taken } = owner.address() as { port: number };
    const { agent, port } = await serve({ program }, ['--metrics-host', '127.0.0.1', '--metrics-port', String(taken)]);
    await expectAnswer(port);
    expect(agent.log.filter(({ level }) => level === 'warn')).toHaveLength(1);
    expect(await agent.stop()).toEqual({ exitCode: 0, signal: null });
  });

  it('lives on after SIGHUP and SIGPIPE', async () => {
    const { agent, port } = await serve({ program });
    agent.signal('SIGHUP');
    agent.signal('SIGPIPE');
    await expectAnswer(port);
    expect(await agent.stop()).toEqual({ exitCode: 0, signal: null });
  });

  it('lives on when nobody reads its log any more, and still ends by itself', async () => {
    const { agent, port } = await serve({ program }, ['--log-level', 'trace']);
    agent.child.stdout?.destroy();
    agent.child.stderr?.destroy();
    for (let i = 0; i < 20; i++) await expectAnswer(port);
    expect(await agent.stop()).toEqual({ exitCode: 0, signal: null });
  });

  it('lives on when its log is full, and still ends by itself', async () => {
    const { agent, port } = await serve({ program }, [
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
    const { agent, port } = await serve({ program, maxOpenFiles: 64 });
    const served = await rawClient(port);
    served.send(get);
    await served.until(answered);
    const crowd = await Promise.all(Array.from({ length: 100 }, () => rawClient(port)));
    served.send(get);
    await served.until((text) => text.split('{"ok":true}').length === 3);
    await eventually('one is refused', () => crowd.some((client) => client.received().startsWith('HTTP/1.1 503 ')));
    for (const client of crowd) client.socket.destroy();
    await eventually('all are closed', () => crowd.every(({ socket }) => socket.destroyed));
    await answeredInTheEnd(port);
    expect(agent.log.find(({ maxConnections }) => maxConnections !== undefined)).toMatchObject({ maxConnections: 12 });
    expect(await agent.stop()).toEqual({ exitCode: 0, signal: null });
  });

  it('serves on after a rejection that nobody handled', async () => {
    const { agent, port } = await serve({ program: await withFault('Promise.reject(new Error("unseen"))', program) });
    await agent.logged(({ level }) => level === 'error');
    await expectAnswer(port);
    expect(await agent.stop()).toEqual({ exitCode: 0, signal: null });
  });

  it('answers what is in flight after an exception that nobody caught, then ends with 1', async () => {
    const runtime = await rawRuntime(({ socket }) => {
      setTimeout(() => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate'), 2_000);
    });
    const flags = [...local, '--component-port', String(runtime.port)];
    const agent = start({ args: flags, program: await withFault('null.unseen', program) });
    const client = await rawClient(await agent.served());
    client.send(get);
    expect(await client.closed(10_000)).toMatch(/late$/);
    expect(await agent.end()).toEqual({ exitCode: 1, signal: null });
    expect(agent.log.some(({ level, err }) => level === 'error' && JSON.stringify(err).includes('unseen'))).toBe(true);
  });
});

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
