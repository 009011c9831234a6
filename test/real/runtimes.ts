// Which real model servers does the suite run, and how is each started on free loopback ports?
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../support/free-ports.ts';
import { Program } from './program.ts';

const START_LIMIT_MS = 120_000; // two busy cores; seven models of Triton take 10 s on idle ones
const MODELS = join(import.meta.dirname, 'models');

export type RuntimeName = 'triton' | 'mlserver' | 'kserve';

export interface Runtime {
  readonly name: RuntimeName | 'torchserve';
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly program: Program;
}

/** Where scripts/install-runtimes.sh has put the servers and the clients. */
export function cacheFolder(): string {
  return process.env.OUTRIGGER_TEST_CACHE ?? join(homedir(), '.cache', 'outrigger-test');
}

/** The interpreter that has all public clients installed. */
export function clientPython(): string {
  return join(cacheFolder(), 'kserve', 'venv', 'bin', 'python');
}

/** `workFolder` receives the models, the settings and the logs; `models` has a folder for each runtime. */
export async function startRuntime(name: RuntimeName, workFolder: string, models = MODELS): Promise<Runtime> {
  const folder = join(workFolder, name);
  mkdirSync(folder);
  cpSync(join(models, name), join(folder, 'models'), { recursive: true });
  const place = await findPlace(folder);
  const runtime = await startRuntimeAt(name, name === 'triton' ? { ...place, flags: ['--load-model=*'] } : place);
  await runtime.program.ready(`http://127.0.0.1:${place.httpPort}/v2/health/ready`, START_LIMIT_MS);
  return runtime;
}

export interface Place {
  /** Has the folder `models`; receives settings and log. */
  readonly folder: string;
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly metricsPort: number;
  /** Of Triton; KServe's server: the folder to load models from, when told to. */
  readonly flags: readonly string[];
}

export async function findPlace(folder: string): Promise<Place> {
  const [httpPort, grpcPort, metricsPort] = (await freePorts(3)) as [number, number, number];
  return { folder, httpPort, grpcPort, metricsPort, flags: [] };
}

/**
 * At the same place again after its end, as a container that is restarted. Live, not ready: an agent may load models into it at once,
 * and Triton is not ready while one of them loads, or has failed to.
 */
export async function startRuntimeAt(name: RuntimeName, place: Place): Promise<Runtime> {
  const start = { triton: startTriton, mlserver: startMlserver, kserve: startKserve }[name];
  const program = start(place);
  const { httpPort, grpcPort } = place;
  await program.ready(`http://127.0.0.1:${httpPort}/v2/health/live`, START_LIMIT_MS);
  return { name, httpPort, grpcPort, program };
}

function startTriton({ folder, httpPort, grpcPort, metricsPort, flags }: Place): Program {
  const root = join(cacheFolder(), 'triton');
  const packages = join(root, 'home', 'lib', 'python3.11', 'site-packages');
  return new Program({
    name: 'triton',
    command: join(packages, 'pytriton', 'tritonserver', 'bin', 'tritonserver'),
    args: [
      ...[`--model-repository=${join(folder, 'models')}`, `--backend-directory=${join(root, 'backends')}`],
      ...['--model-control-mode=explicit', '--exit-timeout-secs=5', '--allow-gpu-metrics=false', ...flags],
      ...['--http-address=127.0.0.1', `--http-port=${httpPort}`, '--grpc-address=127.0.0.1', `--grpc-port=${grpcPort}`],
      ...['--metrics-address=127.0.0.1', `--metrics-port=${metricsPort}`],
    ],
    // The model processes take the first python3 on PATH and its packages.
    env: {
      PATH: `${join(root, 'home', 'bin')}:${process.env.PATH}`,
      LD_LIBRARY_PATH: join(packages, 'nvidia_pytriton.libs'),
    },
    logFolder: folder,
  });
}

function startMlserver({ folder, httpPort, grpcPort, metricsPort }: Place): Program {
  const settings = { host: '127.0.0.1', http_port: httpPort, grpc_port: grpcPort, metrics_port: metricsPort };
  writeFileSync(join(folder, 'models', 'settings.json'), JSON.stringify({ ...settings, parallel_workers: 0 }));
  return new Program({
    name: 'mlserver',
    command: join(cacheFolder(), 'mlserver', 'venv', 'bin', 'mlserver'),
    args: ['start', join(folder, 'models')],
    cwd: folder, // it leaves a folder of its own behind
    logFolder: folder,
  });
}

function startKserve({ folder, httpPort, grpcPort, flags }: Place): Program {
  const own = join(folder, 'models', 'server.py');
  const script = existsSync(own) ? own : join(MODELS, 'kserve', 'server.py');
  return new Program({
    name: 'kserve',
    command: join(cacheFolder(), 'kserve', 'venv', 'bin', 'python'),
    args: [script, String(httpPort), String(grpcPort), ...flags],
    logFolder: folder,
  });
}
