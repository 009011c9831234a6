// h2spec's 145 cases: is the listener no worse than node:http2, no worse with lanes than without, and the relay than its runtime?
// Its requests become calls of gRPC by two lines that are added to a copy of its source: h2spec has no option for header fields.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttp1 } from 'node:http';
import { createServer as createHttp2, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder, clientPython, type Runtime, startRuntime } from '../real/runtimes.ts';
import { lanesSettings, startAgent } from '../real/through.ts';

const version = 'v2.2.1+incompatible';
const goLimitMs = 300_000;
const caseLimitS = 1;
const call = '/inference.GRPCInferenceService/ServerLive';

/** Cases that say nothing of the agent's two settings. */
const excused: Readonly<Record<string, string>> = {
  'Sends invalid connection preface': 'one port for both protocols: what is no preface is answered as HTTP/1.1',
  'Sends HEADERS frames that causes their advertised concurrent stream limit to be exceeded':
    'a greeted client is told of 100 streams, and of more a moment later; h2spec goes by the first word',
  'Changes SETTINGS_INITIAL_WINDOW_SIZE after sending HEADERS frame':
    "the runtime's SETTINGS come behind the greeting; h2spec takes nothing before its acknowledgement",
  'Sends a SETTINGS frame for window size to be negative': 'as above',
  'Sends a HEAD request': 'no call of gRPC: Triton resets its stream before it answers',
};

type Result = 'passed' | 'failed' | 'skipped';
type Results = ReadonlyMap<string, Result>;

/** Both programs, built once into the cache of the real suite; or why they cannot be had. */
function buildTools(): { readonly plain: string; readonly grpc: string } | string {
  const folder = join(cacheFolder(), 'h2spec', version);
  const tools = { plain: join(folder, 'h2spec'), grpc: join(folder, 'h2spec-grpc') };
  if (existsSync(tools.plain) && existsSync(tools.grpc)) return tools;
  const source = join(folder, 'source');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const go = (args: readonly string[], cwd = folder) =>
    spawnSync('go', args, {
      cwd,
      encoding: 'utf8',
      timeout: goLimitMs,
      env: { ...process.env, GOFLAGS: '-buildvcs=false' },
    });
  const got = go(['mod', 'download', '-json', `github.com/summerwind/h2spec@${version}`]);
  if (got.status !== 0) return `no h2spec: ${got.error?.message ?? got.stderr ?? got.stdout}`.trim();
  cpSync((JSON.parse(got.stdout) as { Dir: string }).Dir, source, { recursive: true });
  spawnSync('chmod', ['-R', 'u+w', source]); // modules are kept read-only
  const build = (name: string) => go(['build', '-o', join(folder, name), './cmd/h2spec'], source).status === 0;
  const ready = go(['mod', 'init', 'github.com/summerwind/h2spec'], source).status === 0;
  if (!ready || go(['mod', 'tidy'], source).status !== 0 || !build('h2spec')) return 'h2spec could not be built';
  makeCalls(join(source, 'spec', 'util.go'));
  return build('h2spec-grpc') ? tools : 'h2spec for gRPC could not be built';
}

function makeCalls(path: string): void {
  const text = readFileSync(path, 'utf8');
  const authority = 'HeaderField(":authority", authority),';
  const fields = `${authority}\nHeaderField("content-type", "application/grpc"),\nHeaderField("te", "trailers"),`;
  writeFileSync(path, text.replace('":method", "GET"', '":method", "POST"').replace(authority, fields));
}

async function runTool(program: string, port: number, report: string): Promise<Results> {
  const args = ['-h', '127.0.0.1', '-p', String(port), '-o', String(caseLimitS), '-P', call, '-j', report];
  const child = spawn(program, args, { stdio: 'ignore', timeout: goLimitMs, killSignal: 'SIGKILL' });
  await once(child, 'close');
  const results = new Map<string, Result>();
  // No parser of XML takes it: errors quote raw bytes.
  const cases = readFileSync(report, 'latin1').matchAll(
    /<testcase package="([^"]*)" classname="([^"]*)"[^>]*?(?:\/>|>(.*?)<\/testcase>)/gs,
  );
  for (const [, section, title, inside = ''] of cases) {
    const failed = /<(failure|error)/.test(inside);
    results.set(`${section}: ${title}`, failed ? 'failed' : inside.includes('<skipped') ? 'skipped' : 'passed');
  }
  return results;
}

/** Answers everything with some bytes, on one port in both protocols, as gRPC where it is asked so. */
async function nodeRuntime(): Promise<Pick<Runtime, 'httpPort' | 'grpcPort' | 'name'>> {
  const http1 = createHttp1((request, response) => request.resume().on('end', () => response.end('text '.repeat(50))));
  const http2 = createHttp2().on('sessionError', () => undefined);
  http2.on('stream', (stream: ServerHttp2Stream) => {
    stream.on('error', () => undefined).on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.resume().on('end', () => {
      if (stream.destroyed) return;
      stream.respond({ 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.end('text '.repeat(50));
    });
  });
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('readable', () => {
      const first = (socket.read() ?? Buffer.alloc(0)) as Buffer;
      socket.unshift(first);
      (first.toString('latin1').startsWith('PRI') ? http2 : http1).emit('connection', socket);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  const { port } = server.address() as AddressInfo;
  return { name: 'node' as Runtime['name'], httpPort: port, grpcPort: port };
}

let passed = 0;
let failed = 0;

/** A case that fails must fail in one of `judges` too; in a second run as well: some look at the clock. */
async function judge(title: string, run: () => Promise<Results>, judges: readonly Results[]): Promise<Results> {
  const worse = (results: Results): string[] =>
    [...results].flatMap(([name, result]) => {
      const known = Object.keys(excused).some((title) => name.endsWith(`: ${title}`));
      return result !== 'failed' || known || judges.some((other) => other.get(name) === 'failed') ? [] : [name];
    });
  const results = await run();
  const first = worse(results);
  const again = first.length === 0 ? [] : worse(await run()).filter((name) => first.includes(name));
  for (const name of again) console.log(`FAIL ${title}: ${name}`);
  const good = [...results.values()].filter((result) => result === 'passed').length;
  console.log(`${title}: ${good} of ${results.size} pass, ${again.length} that should`);
  passed += results.size - again.length;
  failed += again.length + (results.size === 0 ? 1 : 0);
  return results;
}

async function check(runtime: Runtime, tools: { readonly plain: string; readonly grpc: string }, folder: string) {
  const report = join(folder, 'report.xml');
  const agents = new Map<string, number>();
  const programs = await Promise.all(
    lanesSettings.map(async (lanes) => {
      const { program, target } = await startAgent(runtime, { name: `agent-${runtime.name}-${lanes}`, lanes, folder });
      agents.set(lanes, target.httpPort);
      return program;
    }),
  );
  try {
    for (const kind of ['plain', 'grpc'] as const) {
      const run = (port: number) => () => runTool(tools[kind], port, report);
      const direct = await run(runtime.grpcPort)();
      const good = [...direct.values()].filter((result) => result === 'passed').length;
      console.log(`${runtime.name}, ${kind}, direct: ${good} of ${direct.size} pass`);
      const node = await judge(`${runtime.name}, ${kind}, lanes off`, run(agents.get('off')!), [direct, ...nodeOnly]);
      await judge(
        `${runtime.name}, ${kind}, lanes auto`,
        run(agents.get('auto')!),
        kind === 'grpc' ? [direct, node] : [node],
      );
      if (runtime.name === ('node' as Runtime['name'])) nodeOnly.push(direct);
    }
  } finally {
    await Promise.all(programs.map((program) => program.stop()));
  }
}

const nodeOnly: Results[] = []; // of node:http2 alone
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1)); // 'exit' ends what runs
const tools = buildTools();
if (typeof tools === 'string') {
  console.log(`left out: ${tools}`);
} else {
  const folder = mkdtempSync(join(tmpdir(), 'outrigger-h2spec-'));
  await check((await nodeRuntime()) as Runtime, tools, folder);
  if (existsSync(clientPython())) {
    const triton = await startRuntime('triton', folder);
    await check(triton, tools, folder).finally(() => triton.program.stop());
  } else console.log('Triton: left out, run scripts/install-runtimes.sh first');
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
