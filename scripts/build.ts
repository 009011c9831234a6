// What is published: dist/ with the agent as one CommonJS program, its threads, the libraries it loads later, the page, the dev model,
// licences.
//
// One CommonJS file starts without the ESM loader. Libraries that are wanted only after the port is bound stay out of it,
// each a file of its own in dist/vendor: merely parsing them took another 20 ms when the program was smaller. S19 in
// bench/RESULTS.md tells what the start costs now. The same files serve the threads, which load the client of the one store
// that they are asked for.

import { chmod, copyFile, cp, glob, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { bundledLicences } from './bundled-licences.ts';

/** Import these from modules that are themselves loaded by `import()` after the port is bound, or in a thread. */
const LATE_LIBRARIES = [
  ...['undici', 'pino', 'pino-pretty', 'prom-client'],
  ...['@aws-sdk/client-s3', '@azure/identity', '@azure/storage-blob', 'google-auth-library'],
  ...['csv-stringify/sync', 'hyparquet-writer', 'tar-stream', 'yauzl'],
];

/** `outrigger pull` and `outrigger doctor` never serve, and who serves is never one of them: none parses the other. */
const APART_COMMANDS = ['pull', 'doctor'].map((name) => `src/commands/${name}.ts`);

const COMMON: BuildOptions = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node22.19', // the oldest supported: `using` is lowered
  supported: { 'dynamic-import': false }, // import() of a file becomes a late require: the ESM loader never starts
  external: ['onnxruntime-node'], // native, optional: `outrigger dev` asks for it
  legalComments: 'none', // THIRD-PARTY-LICENSES.txt has the whole texts
  metafile: true,
  logLevel: 'warning',
};

/** What a CommonJS file has instead of import.meta: threads are looked for beside the file that starts them. */
const OWN_PLACE = {
  banner: ['"use strict";', 'const __moduleUrl = require("node:url").pathToFileURL(__filename).href;'].join('\n'),
  define: {
    'import.meta.url': '__moduleUrl',
    'import.meta.dirname': '__dirname',
    'import.meta.filename': '__filename',
  },
};

/** `@aws-sdk/client-s3` is `aws-sdk-client-s3` in dist/vendor, `csv-stringify/sync` is `csv-stringify-sync`. */
function vendorName(library: string): string {
  return library.replace(/^@/, '').replace('/', '-');
}

/** Late libraries become a `require` of the file beside the program, run when the importing module is. */
const lateLibraries: Plugin = {
  name: 'late-libraries',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path }) =>
      LATE_LIBRARIES.includes(path) ? { path: `./vendor/${vendorName(path)}.cjs`, external: true } : undefined,
    );
  },
};

const lateCommands: Plugin = {
  name: 'late-commands',
  setup({ onResolve }) {
    onResolve({ filter: /\/commands\/(pull|doctor)\.ts$/ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path: `./${basename(path, '.ts')}.cjs`, external: true } : undefined,
    );
  },
};

/** Of the package's manifest only the version belongs into the program (src/version.ts). */
const manifestVersion: Plugin = {
  name: 'manifest-version',
  setup({ onLoad, initialOptions }) {
    const manifestPath = join(initialOptions.absWorkingDir ?? '', 'package.json');
    onLoad({ filter: /package\.json$/ }, async ({ path }) => {
      if (path !== manifestPath) return undefined;
      const { version } = JSON.parse(await readFile(path, 'utf8'));
      return { contents: JSON.stringify({ version }), loader: 'json' };
    });
  },
};

/** Not minified: stack traces of our own code must be readable without a source map, whose loading costs start time. */
async function bundleProgram(root: string): Promise<Metafile> {
  const { metafile } = await build({
    ...COMMON,
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    outfile: 'dist/outrigger.cjs',
    banner: { js: `#!/usr/bin/env node\n${OWN_PLACE.banner}` },
    define: OWN_PLACE.define,
    plugins: [lateLibraries, lateCommands, manifestVersion],
  });
  await chmod(join(root, 'dist/outrigger.cjs'), 0o755);
  return metafile as Metafile;
}

/** A thread (named so by its file) has a file of its own, which whoever starts it looks for beside itself; so have commands apart. */
async function bundleThreadsAndCommands(root: string): Promise<Metafile> {
  const threads: string[] = [];
  for await (const file of glob('src/**/*-worker.ts', { cwd: root })) threads.push(file);
  const { metafile } = await build({
    ...COMMON,
    absWorkingDir: root,
    entryPoints: Object.fromEntries([...threads, ...APART_COMMANDS].map((file) => [basename(file, '.ts'), file])),
    banner: { js: OWN_PLACE.banner },
    define: OWN_PLACE.define,
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    plugins: [lateLibraries, manifestVersion],
  });
  return metafile as Metafile;
}

/** Shorter, so quicker to parse; names are kept for stack traces. Those that a program or a thread asks for. */
async function bundleLateLibraries(root: string, users: readonly Metafile[]): Promise<Metafile> {
  const outputs = users.flatMap((user) => Object.values(user.outputs));
  const wanted = new Set(outputs.flatMap(({ imports }) => imports.map(({ path }) => basename(path, '.cjs'))));
  const libraries = LATE_LIBRARIES.filter((library) => wanted.has(vendorName(library)));
  const { metafile } = await build({
    ...COMMON,
    absWorkingDir: root,
    entryPoints: Object.fromEntries(libraries.map((name) => [vendorName(name), name])),
    mainFields: ['module', 'main'], // of the former can be left out what is not used
    outdir: 'dist/vendor',
    outExtension: { '.js': '.cjs' },
    minifyWhitespace: true,
    minifySyntax: true,
  });
  return metafile as Metafile;
}

/** Of a library that only browsers run; src/ops/page-files.ts finds it in node_modules while it runs from the sources. */
const BROWSER_LIBRARY = {
  'uplot.js': 'node_modules/uplot/dist/uPlot.esm.js',
  'uplot.css': 'node_modules/uplot/dist/uPlot.min.css',
};

/** The operator's page as it is, its libraries among its files: dist/page. */
async function copyPage(root: string): Promise<void> {
  const folder = join(root, 'dist/page');
  const source = join(root, 'src/ops/page');
  await cp(source, folder, { recursive: true, filter: (file) => !/\.(json|ts)$/.test(file) });
  const libraries = Object.entries(BROWSER_LIBRARY);
  await Promise.all(libraries.map(([name, file]) => copyFile(join(root, file), join(folder, name))));
}

/** Replaces `dist/` under root; returns each built program file with its size. @throws when esbuild finds an error */
export async function buildPackage(root: string): Promise<ReadonlyMap<string, number>> {
  const dist = join(root, 'dist');
  await rm(dist, { recursive: true, force: true });
  const programs = [await bundleProgram(root), await bundleThreadsAndCommands(root)];
  const metafiles = [...programs, await bundleLateLibraries(root, programs)];
  // src/dev finds its model beside itself; in dist that is beside the program.
  await cp(join(root, 'src/dev/model'), join(dist, 'model'), { recursive: true });
  await copyPage(root);
  const inputs = [...metafiles.flatMap((metafile) => Object.keys(metafile.inputs)), ...Object.values(BROWSER_LIBRARY)];
  await writeFile(join(dist, 'THIRD-PARTY-LICENSES.txt'), await bundledLicences(root, inputs));
  const files = metafiles.flatMap(({ outputs }) => Object.keys(outputs));
  return new Map(await Promise.all(files.map(async (file) => [file, (await stat(join(root, file))).size] as const)));
}

if (import.meta.main) {
  for (const [file, bytes] of await buildPackage(join(import.meta.dirname, '..'))) {
    process.stdout.write(`${file.padEnd(40)} ${Math.ceil(bytes / 1024)} KiB\n`);
  }
}
