// Does deploy/compose do what its README says? The same programs with the same flags, without containers: a real Triton, MinIO and
// Prometheus, the built agent, the sink and the load script. Grafana's questions are put to Prometheus.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type Client, credentials, makeClientConstructor, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { ModelsReport } from '../../src/model-report.ts';
import type { Program } from '../real/program.ts';
import { inOrder } from '../real/puller/told.ts';
import { cacheFolder } from '../real/runtimes.ts';
import { expectSame } from '../real/stores/claims.ts';
import { builtAgent } from '../real/through.ts';
import { composeFolder, readComposeFile } from '../support/compose/compose-file.ts';
import { alarming, askPrometheus, startPrometheus, unanswered } from '../support/compose/local-prometheus.ts';
import { LocalServices } from '../support/compose/local-services.ts';
import { eventually } from '../support/eventually.ts';
import { summarize } from '../support/stores/verdict-summary.ts';

const loadSeconds = 8;
const leastRowsPerCall = 4;
const promtool = 'promtool'; // Debian's prometheus brings it
const patience = { deadlineMs: 60_000, everyMs: 100 };

const tools = join(cacheFolder(), 'stores', 'bin');
const triton = join(cacheFolder(), 'triton');
const packages = join(triton, 'home', 'lib', 'python3.11', 'site-packages');
const tritonserver = join(packages, 'pytriton', 'tritonserver', 'bin', 'tritonserver');

/** Null: all is there. */
function whyNot(): string | null {
  const files = [join(tools, 'minio'), join(tools, 'mc'), tritonserver];
  const missing = files.filter((file) => !existsSync(file));
  if (missing.length > 0) return `${missing.join(', ')} missing: scripts/install-runtimes.sh --full brings them`;
  const programs = ['python3', 'prometheus', promtool];
  const absent = programs.filter((program) => spawnSync(program, ['--help']).error !== undefined);
  return absent.length > 0 ? `${absent.join(', ')} not on PATH (apt-get install prometheus)` : null;
}

const root = mkdtempSync(join(tmpdir(), 'outrigger-compose-'));
const [folder, configs, models] = ['run', 'configs', 'models'].map((name) => join(root, name)) as [
  string,
  string,
  string,
];
const mounts = { './configs': configs, './models': models };
const prometheusConfig = join(root, 'prometheus.yml');
const started: Program[] = [];

async function startAll(services: LocalServices): Promise<void> {
  const path = `${tools}:${process.env.PATH}`;
  started.push(await services.start('minio', { env: { PATH: path, HOME: root } }));
  fillBucket(services);
  started.push(
    await services.start('triton', {
      command: tritonserver,
      after: [
        ...[`--backend-directory=${join(triton, 'backends')}`, '--http-address=127.0.0.1', '--grpc-address=127.0.0.1'],
        ...['--metrics-address=127.0.0.1', `--backend-config=python,shm-region-prefix-name=${basename(root)}-`],
      ],
      // The model processes take the first python3 on PATH and its packages.
      env: {
        PATH: `${join(triton, 'home', 'bin')}:${process.env.PATH}`,
        LD_LIBRARY_PATH: join(packages, 'nvidia_pytriton.libs'),
      },
    }),
  );
  started.push(await services.start('sink', { after: ['--host=127.0.0.1'] }));
  started.push(
    await services.start('outrigger', {
      command: process.execPath,
      before: [builtAgent()],
      after: ['--host=127.0.0.1', '--metrics-host=127.0.0.1'],
      mounts,
    }),
  );
  started.push(await startPrometheus(services, prometheusConfig));
}

function fillBucket(services: LocalServices): void {
  const { code, output } = services.runToEnd('bucket', {
    env: { PATH: `${tools}:${process.env.PATH}`, HOME: root },
    mounts,
  });
  if (code !== 0) throw new Error(`the bucket was not filled: ${output}`);
}

/** The sum over all series of a metric of the agent or the sink, by the labels given as in the text of the page. */
async function sumOf(url: string, series: string): Promise<number> {
  const lines = (await (await fetch(url)).text()).split('\n').filter((line) => line.startsWith(series));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

async function modelStates(services: LocalServices): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${services.port(9089)}/models`);
  const report = (await answer.json()) as ModelsReport;
  return report.list.map(({ name, state }) => `${name} ${state}`).join(', ');
}

interface Infer {
  ModelInfer(
    request: object,
    options: { deadline: number },
    done: (error: ServiceError | null, answer?: { raw_output_contents: readonly [Buffer] }) => void,
  ): void;
}

/** The sum that slow_sum gives for one row. */
async function sumByGrpc(port: number, row: readonly number[]): Promise<number> {
  const proto = join(import.meta.dirname, '../real/puller/infer.proto');
  const service = loadSync(proto, { keepCase: true })['inference.GRPCInferenceService'];
  if (service === undefined || 'format' in service) throw new Error('infer.proto has no service');
  const Stub = makeClientConstructor(service, 'GRPCInferenceService');
  const client = new Stub(`127.0.0.1:${port}`, credentials.createInsecure()) as unknown as Client & Infer;
  const inputs = [{ name: 'INPUT', datatype: 'FP32', shape: [1, row.length] }];
  const raw = [Buffer.from(Float32Array.from(row).buffer)];
  try {
    return await new Promise<number>((resolve, reject) => {
      const request = { model_name: 'slow_sum', inputs, raw_input_contents: raw };
      client.ModelInfer(request, { deadline: Date.now() + patience.deadlineMs }, (error, answer) =>
        error === null ? resolve(answer?.raw_output_contents[0].readFloatLE(0) ?? Number.NaN) : reject(error),
      );
    });
  } finally {
    client.close();
  }
}

/** The load script as `docker compose run --rm load` runs it, with what it takes for granted on this machine. */
function rowsPerCall(services: LocalServices): readonly number[] {
  const script = readFileSync(join(composeFolder, 'load/load.py'), 'utf8');
  const places = [...script.matchAll(/"(--\w+)", default="(http:[^"]+)"/g)].map(
    ([, flag, url]) => `${flag}=${services.localText(`${url}`)}`,
  );
  const { code, output } = services.runToEnd('load', { after: [...places, `--seconds=${loadSeconds}`] });
  console.log(output);
  expectSame([places.length, code], [3, 0]);
  const rows = [...output.matchAll(/^(?:Triton alone|through Outrigger) +\d+ +\S+ +\S+ +(\S+) +0$/gm)];
  return rows.map(([, figure]) => Number(figure));
}

function addModel(services: LocalServices): void {
  cpSync(join(models, 'add_sub'), join(models, 'mine'), { recursive: true });
  const config = join(models, 'mine', 'config.pbtxt');
  writeFileSync(config, readFileSync(config, 'utf8').replace('"add_sub"', '"mine"'));
  fillBucket(services);
  const list = join(configs, 'models.json');
  const entries = JSON.parse(readFileSync(list, 'utf8')) as { modelName: string; modelSpec: object }[];
  const own = { modelName: 'mine', modelSpec: { storageUri: 's3://models/mine', framework: 'triton', memory: '64Mi' } };
  writeFileSync(list, JSON.stringify([...entries.filter(({ modelName }) => modelName !== 'add_sub'), own]));
}

/** Null where there is none on this machine. */
function parseCompose(files: readonly string[]): string | null {
  const options = { cwd: composeFolder, encoding: 'utf8' } as const;
  const engine = spawnSync('docker', ['compose', 'version']).status === 0;
  const parser = join(tools, 'cmd'); // that of Docker Compose, as a program
  if (!engine && !existsSync(parser)) return null;
  const parsed = engine
    ? spawnSync('docker', ['compose', ...files.flatMap((file) => ['-f', file]), 'config', '--quiet'], options)
    : spawnSync(parser, files, options);
  return parsed.status === 0 ? '' : parsed.stderr;
}

function claims(services: LocalServices): Readonly<Record<string, () => Promise<void>>> {
  const agent = `http://127.0.0.1:${services.port(9089)}/metrics`;
  const sink = `http://127.0.0.1:${services.port(8088)}/metrics`;
  return {
    "Compose's own parser takes the files": async () => {
      expectSame(parseCompose(['compose.yaml']) ?? '', '');
      expectSame(parseCompose(['compose.yaml', 'compose.gpu.yaml']) ?? '', '');
    },
    'all start in the order of the file, and their health checks succeed': () => startAll(services),
    'the models came out of the bucket': async () => {
      expectSame(await modelStates(services), 'add_sub ready, slow_sum ready');
    },
    'one port takes gRPC, and REST in the load': async () => {
      expectSame(await sumByGrpc(services.port(9081), [1, 2, 3, 4]), 10);
    },
    'the load shows batching at work, with every answer right': async () => {
      const [direct = Number.NaN, through = 0] = rowsPerCall(services);
      expectSame([direct, through > leastRowsPerCall], [1, true]);
    },
    'the sink has two events of each request': async () => {
      const answered = await sumOf(agent, 'outrigger_requests_total');
      const kinds = ['request', 'response'].map((kind) => `type="org.kubeflow.serving.inference.${kind}"`);
      const counts = (): Promise<number[]> =>
        Promise.all(kinds.map((kind) => sumOf(sink, `example_sink_events_total{${kind}`)));
      await eventually('all have come', async () => (await counts()).every((count) => count >= answered), patience);
      expectSame(await counts(), [answered, answered]);
      console.log(`${answered} requests answered, ${2 * answered} events at the sink`);
    },
    "the README's question is answered, by a call that says with how many rows it went": async () => {
      const page = readFileSync(join(composeFolder, 'README.md'), 'utf8');
      const [, question = ''] = /^(curl localhost:9081(?:.|\n)*?)\n```$/m.exec(page) ?? [];
      const words = ['-c', `${services.localText(question)} --silent`];
      const answer = (): string => spawnSync('bash', words, { encoding: 'utf8' }).stdout;
      expectSame(/"name":"OUTPUT0".*"data":\[11\.0,22\.0,33\.0,44\.0\]/.test(answer()), true);
      await eventually('the answer has the header', () => /^outrigger-batch: rows=1;/im.test(answer()), patience);
    },
    'promtool accepts prometheus.yml': async () => {
      const words = ['check', 'config', prometheusConfig];
      const checked = spawnSync(promtool, words, { encoding: 'utf8' });
      expectSame([checked.status, checked.stderr], [0, '']);
    },
    'Prometheus reaches whatever it is to scrape': async () => {
      const jobs = async (): Promise<string[]> =>
        (await askPrometheus(services, 'up == 1')).map(({ metric }) => `${metric.job}`);
      await eventually('three are up', async () => (await jobs()).length === 3, patience);
      expectSame((await jobs()).toSorted(), ['outrigger', 'sink', 'triton']);
    },
    'none of the alerts fires': async () => {
      const { known, names } = await alarming(services);
      expectSame([known > 10, names], [true, []]);
    },
    'every question of the dashboard has an answer': async () => {
      const { asked, open } = await unanswered(services);
      console.log(`${asked} questions of the dashboard asked`);
      expectSame(open, []);
    },
    'another model comes by its folder and a line of models.json, and one goes': async () => {
      addModel(services);
      const wanted = 'slow_sum ready, mine ready';
      await eventually(wanted, async () => (await modelStates(services)) === wanted, patience);
    },
    'Outrigger ends in good order': async () => {
      const outrigger = started.find(({ name }) => name === 'outrigger');
      expectSame(await outrigger?.stop(), 0);
    },
  };
}

async function run(): Promise<void> {
  cpSync(join(composeFolder, 'configs'), configs, { recursive: true });
  cpSync(join(composeFolder, 'models'), models, { recursive: true });
  mkdirSync(folder);
  const services = await LocalServices.place(readComposeFile(), folder);
  try {
    summarize(await inOrder('deploy/compose', claims(services)));
  } finally {
    for (const program of started.toReversed()) await program.stop();
    const shared = '/dev/shm';
    for (const left of readdirSync(shared)) if (left.startsWith(`${basename(root)}-`)) rmSync(join(shared, left));
  }
}

const why = whyNot();
try {
  if (why === null) await run();
  else console.log(`not run: ${why}\n0 passed, 0 failed`);
} finally {
  rmSync(root, { recursive: true, force: true });
}
