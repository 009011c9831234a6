// Would the image be right? Builds it without a container engine, measures it and runs its program as the cluster would:
// by number, on a root file system that nobody can write. Needs a clean npm cache or the network. Exit 1 with every problem.

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contextFiles, readExecForm, readStages, type Stage } from './dockerfile.ts';
import { emulateStages } from './emulate-docker-build.ts';
import { runReadOnly } from './run-read-only.ts';

const MAX_IMAGE_BYTES = 60e6; // on top of the base image
const BASE_IMAGE = 'node:24-slim';

const repository = join(import.meta.dirname, '..');

function instructionOf(stage: Stage | undefined, name: string): string {
  return stage?.instructions.findLast((instruction) => instruction.name === name)?.rest ?? '';
}

function* textProblems(stages: readonly Stage[]): Generator<string> {
  const image = stages.at(-1);
  if (stages.length !== 2) yield `expected two stages, got ${stages.length}`;
  for (const stage of stages) if (stage.image !== BASE_IMAGE) yield `expected FROM ${BASE_IMAGE}, got ${stage.image}`;
  if (readExecForm(instructionOf(image, 'ENTRYPOINT')) === null) yield 'ENTRYPOINT is not in exec form';
  if (!/^[1-9]\d*(:[1-9]\d*)?$/.test(instructionOf(image, 'USER'))) yield 'USER is not a number other than 0';
  if (instructionOf(image, 'STOPSIGNAL') !== 'SIGTERM') yield 'STOPSIGNAL is not SIGTERM';
  if (instructionOf(image, 'EXPOSE') !== '9081 9089') yield 'EXPOSE does not name 9081 and 9089';
  if (image?.instructions.some(({ name }) => name === 'RUN'))
    yield 'the image runs something: only the build stage should';
}

/** What a fresh clone has, as it is in this working tree, less what .dockerignore takes away. */
function copyContext(contextFolder: string): number {
  const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: repository, encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);
  const files = contextFiles(tracked, readFileSync(join(repository, '.dockerignore'), 'utf8'));
  for (const file of files) cpSync(join(repository, file), join(contextFolder, file));
  return files.length;
}

/** Makes a tree that nobody can write, and adds up its files as du does: what they take on disk. */
function seal(folder: string): { files: string[]; bytes: number } {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const bytes = files.reduce((sum, file) => sum + statSync(file).blocks * 512, 0);
  for (const file of files) chmodSync(file, statSync(file).mode & 0o555);
  for (const entry of entries) if (entry.isDirectory()) chmodSync(join(entry.parentPath, entry.name), 0o555);
  chmodSync(folder, 0o555);
  return { files, bytes };
}

/** The base image's own: a copy, since the checkout may lie where other users cannot go. */
function installNode(workFolder: string): string {
  const node = join(workFolder, 'node');
  copyFileSync(process.execPath, node);
  chmodSync(node, 0o555);
  return node;
}

async function check(workFolder: string): Promise<readonly string[]> {
  const stages = readStages(readFileSync(join(repository, 'Dockerfile'), 'utf8'));
  const problems = [...textProblems(stages)];
  const contextFolder = join(workFolder, 'context');
  mkdirSync(contextFolder);
  process.stdout.write(`context: ${copyContext(contextFolder)} files\n`);

  const startedMs = performance.now();
  const root = emulateStages(stages, { contextFolder, workFolder });
  process.stdout.write(`build: ${((performance.now() - startedMs) / 1000).toFixed(1)} s\n`);

  const { files, bytes } = seal(root);
  process.stdout.write(`image: ${files.length} files, ${(bytes / 1e6).toFixed(2)} MB on top of ${BASE_IMAGE}\n`);
  if (bytes > MAX_IMAGE_BYTES) problems.push(`the image holds ${bytes} bytes, expected at most ${MAX_IMAGE_BYTES}`);
  const foreign = files.filter((file) => /\/node_modules\/|\.node$|\.map$|\.ts$/.test(file));
  if (foreign.length > 0) problems.push(`the image holds what does not run: ${foreign.slice(0, 5).join(', ')}`);

  const image = stages.at(-1);
  const [, program = ''] = readExecForm(instructionOf(image, 'ENTRYPOINT')) ?? [];
  const node = installNode(workFolder);
  const [uid] = instructionOf(image, 'USER').split(':');
  return [...problems, ...(await runReadOnly({ node, program: join(root, program), root, uid: Number(uid) }))];
}

const workFolder = mkdtempSync(join(tmpdir(), 'outrigger-image-'));
chmodSync(workFolder, 0o755);
try {
  const problems = await check(workFolder);
  for (const problem of problems) process.stderr.write(`Dockerfile: ${problem}\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  execFileSync('chmod', ['-R', 'u+w', workFolder]); // a sealed tree cannot be removed by its own owner
  rmSync(workFolder, { recursive: true });
}
