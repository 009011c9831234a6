// The real TorchServe of scripts/install-runtimes.sh --full on free ports of 127.0.0.1, archives for it, and what its models answer.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Program } from '../../real/program.ts';
import { cacheFolder } from '../../real/runtimes.ts';
import { freePorts } from '../free-ports.ts';

const bin = join(cacheFolder(), 'torchserve', 'venv', 'bin');

/** Multiplies by what its archive says; `broken`: its worker ends at the start. */
const handler = `import json, os

class Handler:
    def initialize(self, context):
        with open(os.path.join(context.system_properties['model_dir'], 'factor.txt')) as file:
            self.factor = int(file.read())

    def handle(self, data, context):
        bodies = [row.get('body') or row.get('data') for row in data]
        return [{'y': (body if isinstance(body, dict) else json.loads(body))['x'] * self.factor} for body in bodies]
`;

/** Null: it can be run; else why not. */
export function whyNoTorchServe(): string | null {
  if (!existsSync(join(bin, 'torchserve'))) return 'scripts/install-runtimes.sh --full has not installed TorchServe';
  return spawnSync('java', ['-version']).status === 0 ? null : 'there is no java (17) on PATH';
}

interface Archive {
  /** The folder that gets it. */
  readonly folder: string;
  readonly file: string;
  readonly version: string;
  readonly factor: number | 'broken';
}

export function makeArchive({ folder, file, version, factor }: Archive): void {
  const parts = join(folder, '..', `parts-of-${version}-${factor}`);
  mkdirSync(parts, { recursive: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(parts, 'handler.py'), handler);
  writeFileSync(join(parts, 'factor.txt'), String(factor));
  const what = ['--model-name', file, '--version', version, '--handler', join(parts, 'handler.py')];
  const args = [...what, '--extra-files', join(parts, 'factor.txt'), '--export-path', folder];
  const made = spawnSync(join(bin, 'torch-model-archiver'), args, { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`torch-model-archiver: ${made.stderr}`);
}

export interface TorchServePorts {
  readonly inference: number;
  readonly management: number;
  readonly others: readonly [metrics: number, grpcInference: number, grpcManagement: number];
}

export async function freeTorchServePorts(): Promise<TorchServePorts> {
  const [inference, management, ...others] = (await freePorts(5)) as [number, number, number, number, number];
  return { inference, management, others };
}

interface Start {
  readonly ports: TorchServePorts;
  /** For its settings, logs and temporary files. */
  readonly folder: string;
  readonly modelStore: string;
  readonly flags: readonly string[];
}

/** Not ready yet: with tokens on, nobody is told when it is. */
export function startTorchServe({ ports, folder, modelStore, flags }: Start): Program {
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary, { recursive: true });
  const settings = join(folder, 'config.properties');
  const [metrics, grpcInference, grpcManagement] = ports.others;
  const lines = [
    `inference_address=http://127.0.0.1:${ports.inference}`,
    `management_address=http://127.0.0.1:${ports.management}`,
    `metrics_address=http://127.0.0.1:${metrics}`,
    ...[`grpc_inference_port=${grpcInference}`, `grpc_management_port=${grpcManagement}`],
  ];
  writeFileSync(settings, lines.join('\n'));
  return new Program({
    name: 'torchserve',
    command: join(bin, 'torchserve'),
    args: ['--foreground', '--start', '--ncs', '--model-store', modelStore, '--ts-config', settings, ...flags],
    env: { PATH: `${bin}:${process.env.PATH}`, TMPDIR: temporary, TEMP: temporary },
    cwd: folder,
    logFolder: folder,
  });
}

/** What the model makes of 7; the status when it makes nothing. */
export async function askTorchServe(
  { inference }: Pick<TorchServePorts, 'inference'>,
  name: string,
): Promise<number | `status ${number}`> {
  const headers = { 'content-type': 'application/json' };
  const url = `http://127.0.0.1:${inference}/predictions/${name}`;
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ x: 7 }) });
  const text = await answer.text();
  return answer.status === 200 ? JSON.parse(text).y : `status ${answer.status}`;
}
