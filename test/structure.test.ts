// Does the house stand as it was drawn? Who may import whom, what may touch the process, how long a file may be.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const maxLines = 250;
const maxTestLines = 300;

interface Import {
  readonly to: string; // from src/, such as server/drain.ts
  readonly typesOnly: boolean;
  readonly late: boolean; // import()
}

interface Source {
  readonly path: string; // from src/
  readonly text: string;
  readonly imports: readonly Import[];
}

function filesOf(folder: string, ending = '.ts'): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending))
    .map((path) => join(folder, path));
}

function readImports(path: string, text: string): Import[] {
  const here = dirname(join('src', path));
  const found = text.matchAll(
    /\b(import|export)\b(?<words>[^;'"(]*?)\bfrom\s*'(?<from>\.[^']+)'|\bimport\('(?<late>\.[^']+)'\)/g,
  );
  return [...found].map(({ groups = {} }) => {
    const { words = '', from, late } = groups;
    const named = /^\s*\{(?<names>[^}]*)\}\s*$/s.exec(words)?.groups?.names?.split(',') ?? [''];
    const typesOnly =
      /^\s*type\b/.test(words) ||
      named.every((name) => (name.trim() === '' ? named.length > 1 : /^\s*type\s/.test(name)));
    return {
      to: relative('src', join(here, (from ?? late) as string)),
      typesOnly: from !== undefined && typesOnly,
      late: late !== undefined,
    };
  });
}

const sources: readonly Source[] = filesOf('src').map((file) => {
  const text = readFileSync(join(root, file), 'utf8');
  const path = relative('src', file);
  return { path, text, imports: readImports(path, text) };
});

/** What browsers run: types of other rooms stand in its comments. */
const pageSources = filesOf('src/ops/page', '.js').map((file) => ({
  path: relative('src', file),
  text: readFileSync(join(root, file), 'utf8'),
}));

const folderOf = (path: string): string => (path.includes('/') ? (path.split('/')[0] as string) : '');

/** The rooms of capabilities: they see words and root files, never each other. */
const capabilities = ['server', 'upstream', 'readiness', 'batcher', 'logger', 'storage', 'puller', 'ops', 'dev'];
/** What a room may import besides itself; '' are the root files, `types` only types. */
const mayImport: Readonly<Record<string, Readonly<Record<string, 'values' | 'types'>>>> = {
  ...Object.fromEntries(
    capabilities.map((room) => [room, { '': 'values', http: 'values', v2: 'values', config: 'types' }]),
  ),
  // The lanes stand beside the two ends of the path and share with them what is no matter of how bytes are read.
  lanes: { '': 'values', http: 'values', server: 'values', upstream: 'values', config: 'types' },
  // The doctor asks in the words of the rooms that it examines.
  doctor: Object.fromEntries(
    ['', 'http', 'v2', 'config', 'server', 'readiness', 'batcher', 'logger', 'storage', 'puller'].map((room) => [
      room,
      'values' as const,
    ]),
  ),
  http: { '': 'values', v2: 'values', config: 'types' },
  v2: { '': 'values' },
  config: { '': 'values' },
};

/** Root files that see every room, so no room may import them. */
const assembly = ['agent.ts', 'pipeline.ts', 'main.ts'];

function edges(): { readonly source: Source; readonly target: Import }[] {
  return sources.flatMap((source) => source.imports.map((target) => ({ source, target })));
}

describe('imports', () => {
  it('are found at all', () => {
    expect(edges().length).toBeGreaterThan(100);
    for (const { target } of edges()) {
      if (target.to.endsWith('.ts')) expect(sources.map(({ path }) => path)).toContain(target.to);
    }
  });

  it('of a room stay inside the import rule', () => {
    const against = edges().filter(({ source, target }) => {
      const rules = mayImport[folderOf(source.path)];
      const to = folderOf(target.to);
      if (rules === undefined || to === folderOf(source.path) || !target.to.endsWith('.ts')) return false;
      if (assembly.includes(target.to)) return true;
      if (to === 'storage' && /^(logger\/blob|puller)\//.test(source.path)) return false; // those who need stores
      return rules[to] === undefined || (rules[to] === 'types' && !target.typesOnly);
    });
    expect(against.map(({ source, target }) => `${source.path} -> ${target.to}`)).toEqual([]);
  });

  it('of root files reach only root files, words, and types of the configuration, but for the assembly', () => {
    const against = edges().filter(({ source, target }) => {
      if (folderOf(source.path) !== '' || assembly.includes(source.path)) return false;
      const to = folderOf(target.to);
      return !['', '..', 'http', 'v2'].includes(to) && !(to === 'config' && target.typesOnly);
    });
    expect(against.map(({ source, target }) => `${source.path} -> ${target.to}`)).toEqual([]);
  });

  it('of dev/ are for commands/dev*.ts alone, and what is heavy there comes late', () => {
    const into = edges().filter(
      ({ source, target }) => folderOf(target.to) === 'dev' && folderOf(source.path) !== 'dev',
    );
    expect(into.length).toBeGreaterThan(0);
    const strangers = into.filter(({ source }) => !/^commands\/dev[^/]*\.ts$/.test(source.path));
    expect(strangers.map(({ source, target }) => `${source.path} -> ${target.to}`)).toEqual([]);
    const dev = edges().filter(({ target }) => target.to === 'commands/dev.ts');
    expect(dev.map(({ source, target }) => [source.path, target.late])).toEqual([['main.ts', true]]);
  });

  it('of doctor/ are for commands/doctor.ts alone, which comes late', () => {
    const into = edges().filter(
      ({ source, target }) => folderOf(target.to) === 'doctor' && folderOf(source.path) !== 'doctor',
    );
    expect(new Set(into.map(({ source }) => source.path))).toEqual(new Set(['commands/doctor.ts']));
    const doctor = edges().filter(({ target }) => target.to === 'commands/doctor.ts');
    expect(doctor.map(({ source, target }) => [source.path, target.late])).toEqual([['main.ts', true]]);
  });

  it('run in no circle', () => {
    const next = new Map(
      sources.map(({ path, imports }) => [
        path,
        imports.filter(({ typesOnly, late }) => !typesOnly && !late).map(({ to }) => to),
      ]),
    );
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (path: string, above: readonly string[]): void => {
      if (above.includes(path)) circles.push([...above.slice(above.indexOf(path)), path].join(' -> '));
      if (done.has(path) || above.includes(path)) return;
      for (const to of next.get(path) ?? []) visit(to, [...above, path]);
      done.add(path);
    };
    for (const { path } of sources) visit(path, []);
    expect(circles).toEqual([]);
  });
});

describe('the process', () => {
  it('is touched by main.ts and commands/ alone: argv, environment, exit, signals', () => {
    const touches = /\bprocess\s*\.\s*(env|argv|exit|exitCode|kill|abort|on|once|off|chdir|umask)\b/;
    const touching = sources.filter(({ text }) => touches.test(withoutComments(text))).map(({ path }) => path);
    expect(touching).toContain('main.ts'); // so that it can be seen at all
    expect(touching.filter((path) => path !== 'main.ts' && folderOf(path) !== 'commands')).toEqual([]);
  });
});

describe('the page of the operator', () => {
  /** What a room of the page may load besides itself; main.js loads all of them. */
  const pageRooms: Readonly<Record<string, readonly string[]>> = {
    parts: ['uplot.js'],
    state: [],
    frame: ['parts', 'state'],
    tabs: ['parts', 'state'],
    models: ['parts', 'state'],
    batches: ['parts', 'state'],
    exchanges: ['batches', 'frame', 'parts', 'state'],
  };

  it('loads nothing but its own files, and each room no more than it may', () => {
    const page = 'ops/page';
    const roomOf = (path: string): string => relative(page, path).split('/')[0] as string;
    const loads = pageSources.flatMap(({ path, text }) =>
      [...withoutComments(text).matchAll(/\bfrom '(?<from>[^']+)'|\bimport\(/g)].map(({ groups }) => {
        const from = groups?.from ?? '';
        return { path, from, to: from.startsWith('.') ? join(dirname(path), from) : from };
      }),
    );
    expect(loads.length).toBeGreaterThan(50);
    const isAllowed = ({ path, to }: { path: string; to: string }): boolean => {
      const [own, other] = [roomOf(path), roomOf(to)];
      return (
        to.startsWith(`${page}/`) && (own === 'main.js' || own === other || pageRooms[own]?.includes(other) === true)
      );
    };
    expect(loads.filter((load) => !isAllowed(load))).toEqual([]);
  });
});

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
}

describe('a file', () => {
  const program = [...sources, ...pageSources];
  const files = ['src', 'test', 'scripts', 'bench'].flatMap((folder) =>
    [...filesOf(folder), ...filesOf(folder, '.js')].map((path) => ({
      path,
      text: readFileSync(join(root, path), 'utf8'),
    })),
  );

  it(`has at most ${maxLines} lines, a test ${maxTestLines}: it may hold a table`, () => {
    const long = files
      .map(({ path, text }) => [path, text.trimEnd().split('\n').length] as const)
      .filter(([path, lines]) => lines > (path.startsWith('test/') ? maxTestLines : maxLines));
    expect(long).toEqual([]);
  });

  it('of the program begins with a comment that says what it answers', () => {
    const mute = program.filter(({ text }) => !/^(#!.*\n)?(\/\/ \S|\/\*\* \S)/.test(text));
    expect(mute.map(({ path }) => path)).toEqual([]);
  });

  it('exports nothing as default', () => {
    const against = files.filter(({ path, text }) => path !== 'vitest.config.ts' && /^export default\b/m.test(text));
    expect(against.map(({ path }) => path)).toEqual([]);
  });

  it('has no module-level let', () => {
    const against = program.filter(({ text }) => /^(export )?let\b/m.test(text));
    expect(against.map(({ path }) => path)).toEqual([]);
  });

  it('stands in no folder named for nothing', () => {
    const names = /(^|\/)(utils?|helpers?|common|types|misc|lib)(\/|\.[tj]s$)/;
    expect(program.map(({ path }) => path).filter((path) => names.test(path))).toEqual([]);
  });
});
