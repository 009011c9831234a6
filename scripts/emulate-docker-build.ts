// What would the image hold? The Dockerfile's COPY and RUN lines done in folders of this machine, without a container engine.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, statSync } from 'node:fs';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import type { Instruction, Stage } from './dockerfile.ts';

export interface Emulation {
  readonly contextFolder: string; // what a build may copy from
  readonly workFolder: string; // receives one root folder a stage
}

/** Runs each stage in order; returns the root folder of the last. @throws Error naming the line that failed */
export function emulateStages(stages: readonly Stage[], { contextFolder, workFolder }: Emulation): string {
  const roots = new Map<string, string>();
  let lastRoot = '';
  for (const [index, stage] of stages.entries()) {
    lastRoot = join(workFolder, `stage-${index}`);
    mkdirSync(lastRoot);
    roots.set(stage.name, lastRoot);
    emulateStage(stage, { root: lastRoot, sourceOf: (from) => (from === undefined ? contextFolder : roots.get(from)) });
  }
  return lastRoot;
}

interface StageFolders {
  readonly root: string;
  readonly sourceOf: (from: string | undefined) => string | undefined;
}

function emulateStage(stage: Stage, folders: StageFolders): void {
  let workdir = '/';
  for (const instruction of stage.instructions) {
    if (instruction.name === 'WORKDIR') {
      workdir = resolve(workdir, instruction.rest);
      mkdirSync(join(folders.root, workdir), { recursive: true });
    } else if (instruction.name === 'COPY') copy(instruction, { ...folders, workdir });
    else if (instruction.name === 'RUN') run(instruction, join(folders.root, workdir));
    else if (instruction.name === 'ADD')
      throw new Error(`Dockerfile:${instruction.line}: ADD is not emulated; use COPY`);
  }
}

/** As Docker does: of a folder its content is copied; a destination that ends in / is a folder. */
function copy(
  { rest, flags, line }: Instruction,
  { root, sourceOf, workdir }: StageFolders & { workdir: string },
): void {
  const sourceRoot = sourceOf(flags.from);
  const sources = rest.split(' ');
  const destination = sources.pop();
  if (sourceRoot === undefined || destination === undefined || sources.length === 0) {
    throw new Error(`Dockerfile:${line}: COPY of unknown origin: ${rest}`);
  }
  for (const source of sources) {
    const from = join(sourceRoot, source);
    const to = join(root, resolve(workdir, destination));
    const intoFolder = destination.endsWith('/') && !statSync(from).isDirectory();
    cpSync(from, intoFolder ? join(to, basename(source)) : to, { recursive: true });
  }
}

/** The host's npm and its settings with this Node, for what node:24-slim has. Absolute paths would mean the host's own files: refused. */
function run({ rest, line }: Instruction, cwd: string): void {
  if (/(^|\s)\//.test(rest)) throw new Error(`Dockerfile:${line}: RUN with an absolute path is not emulated: ${rest}`);
  const path = `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}`;
  const env = { ...process.env, PATH: path, npm_config_prefer_offline: 'true' };
  const { status, stdout, stderr } = spawnSync('sh', ['-c', rest], { cwd, env, encoding: 'utf8', timeout: 600_000 });
  if (status !== 0) throw new Error(`Dockerfile:${line}: RUN ${rest} ended with ${status}\n${stdout}${stderr}`);
}
