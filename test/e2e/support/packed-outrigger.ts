// What does somebody get who installs the tarball? Packs a copy of the checkout, installs it in an empty project, offline.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const repository = join(import.meta.dirname, '../../..');
/** With a folder that has no place in the package, to see that it stays out. */
const PACKED_FROM = [
  ...['package.json', 'tsconfig.json', 'LICENSE', 'README.md', 'CHANGELOG.md', 'CONTRIBUTING.md'],
  ...['scripts', 'src', 'docs', 'deploy', 'bench'],
];
const COMMAND_DEADLINE_MS = 60_000;

export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; a failure is an outcome too. Nothing of the npm that runs the tests reaches it. */
export async function run(file: string, args: readonly string[], cwd: string): Promise<Outcome> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_|node_|vitest)/i.test(name));
  const env = { ...Object.fromEntries(inherited), npm_config_cache: join(cwd, '.npm-cache') };
  try {
    const { stdout, stderr } = await promisify(execFile)(file, args, { cwd, env, timeout: COMMAND_DEADLINE_MS });
    return { exitCode: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (typeof code !== 'number') throw error; // could not be started, or had to be killed
    return { exitCode: code, stdout, stderr };
  }
}

async function runOrThrow(file: string, args: readonly string[], cwd: string): Promise<void> {
  const { exitCode, stdout, stderr } = await run(file, args, cwd);
  if (exitCode !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${exitCode}\n${stdout}${stderr}`);
}

export class PackedOutrigger {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async create(): Promise<PackedOutrigger> {
    const packed = new PackedOutrigger(await mkdtemp(join(tmpdir(), 'outrigger-package-')));
    await mkdir(packed.checkout);
    const present = PACKED_FROM.filter((name) => existsSync(join(repository, name)));
    await Promise.all(
      present.map((name) => cp(join(repository, name), join(packed.checkout, name), { recursive: true })),
    );
    await symlink(join(repository, 'node_modules'), join(packed.checkout, 'node_modules'));
    await mkdir(packed.project);
    await writeFile(join(packed.project, 'package.json'), '{"private": true}\n');
    return packed;
  }

  /** The copy that is packed; the developer's own is never touched. */
  get checkout(): string {
    return join(this.#folder, 'checkout');
  }

  get project(): string {
    return join(this.#folder, 'project');
  }

  async pack(): Promise<void> {
    await runOrThrow('npm', ['pack', '--pack-destination', this.#folder], this.checkout);
  }

  /** Offline and with an empty cache: what is not in the tarball cannot come. */
  async install(): Promise<void> {
    const [tarball = 'no tarball'] = (await readdir(this.#folder)).filter((name) => name.endsWith('.tgz'));
    const quiet = ['--offline', '--no-audit', '--no-fund'];
    await runOrThrow('npm', ['install', ...quiet, join(this.#folder, tarball)], this.project);
  }

  /** From here on the manifest alone is of interest: each build would take seconds. */
  async buildNothingMore(): Promise<void> {
    await writeFile(join(this.checkout, 'scripts/build.ts'), 'export async function buildPackage() {}\n');
  }

  async dispose(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
