// Does `outrigger dev` do what it promises to somebody who has just installed it?
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { measureAccuracy, readHeldBackDigits } from '../dev/held-back.ts';
import { binaryRequest } from '../dev/runtime-client.ts';
import { builtProgram } from './support/built-program.ts';
import { DevProcess, source, startDev } from './support/dev-process.ts';
import { toolMissing } from './support/tool-missing.ts';

const stopped = { exitCode: 0, signal: null };
let program: string;

beforeAll(async () => {
  program = await builtProgram();
});

describe('outrigger dev with the runtime that it brings', () => {
  let dev: DevProcess;
  let greeting: Awaited<ReturnType<DevProcess['greeted']>>;

  beforeAll(async () => {
    dev = new DevProcess({ program, flags: ['--batcher-header'] });
    greeting = await dev.greeted();
  });

  afterAll(() => dev?.process[Symbol.asyncDispose]());

  it('greets with a curl line that works as it stands in a real shell', async (context) => {
    const missing = toolMissing('bash', 'curl');
    context.skip(missing !== null, `no ${missing} here`);
    const { curl } = greeting;
    const { stdout, stderr } = await promisify(execFile)('bash', ['-c', curl as string]);
    expect(JSON.parse(stdout)).toMatchObject({ outputs: [{ name: 'label', data: [3] }] });
    expect(stderr).toBe('');
  });

  it('has a second line that lets many requests share few calls of the model', async (context) => {
    const missing = toolMissing('bash', 'curl');
    context.skip(missing !== null, `no ${missing} here`);
    const { loadCurl } = greeting;
    expect(loadCurl).toContain('#[1-5000]');
    // Fewer, and with the headers of each answer: --batcher-header says in them what was shared.
    const line = loadCurl?.replace('#[1-5000]', '#[1-600]').replace('-o /dev/null', '-o /dev/null -D -') as string;
    const { stdout } = await promisify(execFile)('bash', ['-c', line]);
    expect(stdout.match(/^HTTP\/1\.1 200/gm)).toHaveLength(600);
    const shared = [...stdout.matchAll(/^outrigger-batch: rows=(\d+)/gim)].map(([, rows]) => Number(rows));
    expect(shared.length).toBeGreaterThan(500); // the first ones went before the model was read
    expect(Math.max(...shared)).toBeGreaterThan(3);
  });

  it('is right about 95 of 100 handwritten digits that its model has never seen, in JSON', async () => {
    expect(await measureAccuracy(greeting.agentUrl)).toBeGreaterThanOrEqual(0.95);
  });

  it('is right about as many in binary tensors', async () => {
    const { agentUrl } = greeting;
    const digits = await readHeldBackDigits();
    const pixels = Float32Array.from(digits.flatMap(({ x }) => x));
    const input = { name: 'x', datatype: 'FP32', shape: [digits.length, 64] };
    const request = {
      inputs: [{ ...input, parameters: { binary_data_size: pixels.byteLength } }],
      outputs: [{ name: 'label', parameters: { binary_data: true } }],
    };
    const [body, headers] = binaryRequest(request, Buffer.from(pixels.buffer));
    const response = await fetch(`${agentUrl}/v2/models/digits/infer`, { method: 'POST', headers, body });
    const bytes = await response.arrayBuffer();
    const labels = new BigInt64Array(bytes.slice(Number(response.headers.get('inference-header-content-length'))));
    const right = digits.filter(({ label }, index) => labels[index] === BigInt(label)).length;
    expect(right / digits.length).toBeGreaterThanOrEqual(0.95);
  });
});

describe("outrigger dev on a developer's machine", () => {
  it('leaves nothing in the home folder: ONNX Runtime is told to report to nobody', async () => {
    const home = await mkdtemp(join(tmpdir(), 'outrigger-home-'));
    onTestFinished(() => rm(home, { recursive: true }));
    const dev = startDev({ program, env: { HOME: home, XDG_CACHE_HOME: join(home, 'cache') } });
    const { agentUrl } = await dev.greeted();
    expect(await measureAccuracy(agentUrl)).toBeGreaterThanOrEqual(0.95);
    dev.process.signal('SIGINT');
    expect(await dev.process.end()).toEqual(stopped);
    expect(await readdir(home)).toEqual([]);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'ends on %s with nothing left, idle connections or not',
    async (signal) => {
      const dev = startDev({ program });
      const { agentUrl } = await dev.greeted();
      await fetch(`${agentUrl}/v2/health/ready`).then((response) => response.arrayBuffer()); // leaves a connection open
      dev.process.signal(signal);
      expect(await dev.process.end()).toEqual(stopped);
      await expect(fetch(agentUrl)).rejects.toThrow();
      const runtimeUrl = /digits, at (\S+)/.exec(dev.output)?.[1] as string;
      await expect(fetch(runtimeUrl)).rejects.toThrow();
    },
  );

  it('does not wait for an upload that goes on for ever', async () => {
    const dev = startDev({ program, flags: ['--drain-max-wait', '100ms'] });
    const { agentUrl } = await dev.greeted();
    const socket = connect(Number(new URL(agentUrl).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(
      'POST /v2/models/digits/infer HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 99\r\n\r\n',
    );
    await once(socket, 'data'); // 100: the runtime has the request
    dev.process.signal('SIGINT');
    expect(await dev.process.end()).toEqual({ exitCode: 1, signal: null });
    expect(dev.output).toContain('--drain-max-wait');
  });

  it('serves in a shell full of the variables of others', async () => {
    const nowhere = 'http://127.0.0.1:9';
    const { agentUrl, curl } = await startDev({
      program,
      env: {
        http_proxy: nowhere,
        HTTP_PROXY: nowhere,
        NODE_USE_ENV_PROXY: '1',
        FORCE_COLOR: '1',
        PORT: 'x',
        SERVING_READINESS_PROBE: '{',
        QUEUE_SERVING_PORT: '8012',
        OUTRIGGER_COMPONENT_PORT: '1',
      },
    }).greeted();
    expect(curl).toContain("--noproxy '*'");
    expect(await measureAccuracy(agentUrl)).toBeGreaterThanOrEqual(0.95);
    const probe = await fetch(agentUrl, { headers: { 'user-agent': 'kube-probe/1', 'k-network-probe': 'queue' } });
    expect([probe.status, await probe.text()]).toEqual([200, 'queue']);
  });
});

describe('outrigger dev that cannot have what it wants', () => {
  it('names the port that is taken and the way out, and ends with its runtime', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => {
      holder.close();
    });
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const dev = startDev({ program, flags: ['--port', String(port)] });
    expect(await dev.process.end()).toEqual({ exitCode: 1, signal: null });
    expect(dev.output).toMatch(new RegExp(`^outrigger: .*127\\.0\\.0\\.1:${port}: the port is in use.*--port 0.*\n$`));
  });

  it("serves without the operator's port when that is taken, and says how to have it", async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => {
      holder.close();
    });
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const dev = startDev({ program, flags: ['--metrics-port', String(port)] });
    const { agentUrl } = await dev.greeted();
    expect((await fetch(`${agentUrl}/v2/health/ready`)).status).toBe(200);
    const warning = dev.output.split('\n').filter((line) => line.includes('WARN'));
    expect(warning).toEqual([expect.stringMatching(new RegExp(`:${port}: the port is in use; .*--metrics-port`))]);
    expect(dev.output).not.toMatch(/^\s+at /m);
  });

  it('tells every problem at once, one a line, and ends with 64', async () => {
    const dev = startDev({ program, flags: ['--upstream', 'ftp://h', '--prot', '1', '--log-level=loud'] });
    expect(await dev.process.end()).toEqual({ exitCode: 64, signal: null });
    expect(dev.output.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^outrigger: --upstream: expected .*, got "ftp:/),
      expect.stringMatching(/^outrigger: --prot: expected .*, got "--prot"; did you mean --port\?$/),
      expect.stringMatching(/^outrigger: --log-level: expected .*, got "loud"$/),
    ]);
  });
});

describe('outrigger dev --upstream', () => {
  const ipv6Missing = !Object.values(networkInterfaces()).some((list) =>
    list?.some(({ address }) => address === '::1'),
  );

  it.for(['127.0.0.1', '::1'])('stands before a runtime at %s, and says so', async (host, context) => {
    context.skip(host === '::1' && ipv6Missing, 'no IPv6 here');
    const runtime = createServer((_request, response) => response.end('from the runtime')).listen(0, host);
    onTestFinished(() => {
      runtime.close();
    });
    await once(runtime, 'listening');
    const { port } = runtime.address() as AddressInfo;
    const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
    const dev = startDev({ program, flags: ['--upstream', url] });
    const { agentUrl, curl } = await dev.greeted();
    expect(curl).toBe(null);
    expect(dev.output).toContain(`in front of the runtime at ${url}\n`);
    expect(await fetch(`${agentUrl}/any`).then((response) => response.text())).toBe('from the runtime');
    dev.process.signal('SIGINT');
    expect(await dev.process.end()).toEqual(stopped);
  });

  it('speaks HTTP/2 to the runtime with whoever speaks it to the agent, at an IPv6 address too', async (context) => {
    context.skip(ipv6Missing, 'no IPv6 here');
    const runtime = createHttp2Server((_request, response) => response.end('from the runtime')).listen(0, '::1');
    await once(runtime, 'listening');
    const { agentUrl } = await startDev({
      program,
      flags: ['--upstream', `http://[::1]:${(runtime.address() as AddressInfo).port}`],
    }).greeted();
    const client = connectHttp2(agentUrl);
    onTestFinished(() => {
      client.destroy();
      runtime.close();
    });
    const text = await client.request({ ':path': '/any' }).setEncoding('utf8').toArray();
    expect(text.join('')).toBe('from the runtime');
  });

  it('starts before its runtime does, and answers 503 until then', async () => {
    const { agentUrl } = await startDev({ program, flags: ['--upstream', 'http://127.0.0.1:9'] }).greeted();
    const response = await fetch(`${agentUrl}/v2/health/ready`);
    expect([response.status, await response.json()]).toEqual([503, { error: expect.stringContaining('127.0.0.1:9') }]);
  });
});

it('runs from the sources as well (`npm start`), and is right about 95 of 100 digits', async () => {
  const dev = startDev({ program: source });
  const { agentUrl } = await dev.greeted();
  expect(await measureAccuracy(agentUrl)).toBeGreaterThanOrEqual(0.95);
  dev.process.signal('SIGINT');
  expect(await dev.process.end()).toEqual(stopped);
});
