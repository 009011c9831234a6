// What does a Dockerfile say? Its stages as instructions, and which files .dockerignore leaves of the context.

import { matchesGlob } from 'node:path';

export interface Instruction {
  readonly name: string; // upper case
  readonly flags: Readonly<Record<string, string>>; // --from=build -> { from: 'build' }
  readonly rest: string; // after the flags, continued lines joined
  readonly line: number; // of its first line, from 1
}

export interface Stage {
  readonly image: string;
  readonly name: string; // AS name, else its number
  readonly instructions: readonly Instruction[]; // without FROM
}

/** @throws Error when the first instruction is not FROM (ARG before FROM is not supported) */
export function readStages(text: string): readonly Stage[] {
  const stages: { image: string; name: string; instructions: Instruction[] }[] = [];
  for (const instruction of readInstructions(text)) {
    const last = stages.at(-1);
    if (instruction.name === 'FROM') {
      const [image = '', , name = String(stages.length)] = instruction.rest.split(/\s+/);
      stages.push({ image, name, instructions: [] });
    } else if (last === undefined) {
      throw new Error(`Dockerfile:${instruction.line}: ${instruction.name} before FROM`);
    } else {
      last.instructions.push(instruction);
    }
  }
  return stages;
}

function* readInstructions(text: string): Generator<Instruction> {
  let joined = '';
  let firstLine = 0;
  for (const [index, raw] of text.split('\n').entries()) {
    if (/^\s*(#|$)/.test(raw)) continue; // comments may stand between continued lines
    if (joined === '') firstLine = index + 1;
    joined += raw.replace(/\\\s*$/, ' ');
    if (/\\\s*$/.test(raw)) continue;
    yield readInstruction(joined.trim(), firstLine);
    joined = '';
  }
}

function readInstruction(text: string, line: number): Instruction {
  const words = text.split(/\s+/);
  const name = (words.shift() ?? '').toUpperCase();
  const flags: Record<string, string> = {};
  for (let flag = words[0]; flag?.startsWith('--'); flag = words[0]) {
    const [key = '', ...value] = flag.slice(2).split('=');
    flags[key] = value.join('=');
    words.shift();
  }
  return { name, flags, rest: words.join(' '), line };
}

/** The exec form's words; null for the shell form, which would put a shell between the kernel's signals and the program. */
export function readExecForm(rest: string): readonly string[] | null {
  if (!rest.startsWith('[')) return null;
  const words: unknown = JSON.parse(rest);
  return Array.isArray(words) && words.every((word) => typeof word === 'string') ? words : null;
}

/** Which of the context's paths a build may copy: a pattern covers what lies below it, and the last that matches decides. */
export function contextFiles(paths: readonly string[], dockerignore: string): readonly string[] {
  const patterns = dockerignore
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ keeps: line.startsWith('!'), glob: line.replace(/^!/, '').replace(/^\/|\/$/g, '') }));
  return paths.filter((path) => {
    const decisive = patterns.findLast(({ glob }) => matchesGlob(path, glob) || matchesGlob(path, `${glob}/**`));
    return decisive?.keeps ?? true;
  });
}
