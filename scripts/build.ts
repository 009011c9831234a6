// What is published: dist/ with the agent as one CommonJS program, its threads, the libraries it loads later, the dev model, licences.
//
// One CommonJS file starts without the ESM loader. Libraries that are wanted only after the port is bound stay out of it,
// each a file of its own in dist/vendor: merely parsing them costs as much as starting node (measured, spawn to listening:
// bare node:http 30 ms, this 32 ms, everything in one file 51-56 ms).

import { chmod, cp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { bundledLicences } from './bundled-licences.ts';

/** Import these from modules that are themselves loaded by `import()` after the port is bound. */
const LATE_LIBRARIES = ['undici', 'pino', 'pino-pretty', 'prom-client'];

const COMMON: BuildOptions = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node22.19', // the oldest supported: `using` is lowered
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

/** Late libraries become a `require` of the file beside the program, run when the importing module is. */
const lateLibraries: Plugin = {
  name: 'late-libraries',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path }) =>
      LATE_LIBRARIES.includes(path) ? { path: `./vendor/${path}.cjs`, external: true } : undefined,
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
    supported: { 'dynamic-import': false }, // import() of a file becomes a late require: the ESM loader never starts
    plugins: [lateLibraries, manifestVersion],
  });
  await chmod(join(root, 'dist/outrigger.cjs'), 0o755);
  return metafile as Metafile;
}

/** A thread has a file of its own: spool-thread.ts and hash-thread.ts look for theirs beside the program. */
async function bundleWorkers(root: string): Promise<Metafile> {
  const { metafile } = await build({
    ...COMMON,
    absWorkingDir: root,
    entryPoints: {
      'spool-worker': 'src/logger/spool/spool-worker.ts',
      'hash-worker': 'src/storage/checksum/hash-worker.ts',
    },
    banner: { js: OWN_PLACE.banner },
    define: OWN_PLACE.define,
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
  });
  return metafile as Metafile;
}

/** Shorter, so quicker to parse; names are kept for stack traces. */
async function bundleLateLibraries(root: string): Promise<Metafile> {
  const { metafile } = await build({
    ...COMMON,
    absWorkingDir: root,
    entryPoints: Object.fromEntries(LATE_LIBRARIES.map((name) => [name, name])),
    outdir: 'dist/vendor',
    outExtension: { '.js': '.cjs' },
    minifyWhitespace: true,
    minifySyntax: true,
  });
  return metafile as Metafile;
}

/** Replaces `dist/` under root; returns each built program file with its size. @throws when esbuild finds an error */
export async function buildPackage(root: string): Promise<ReadonlyMap<string, number>> {
  const dist = join(root, 'dist');
  await rm(dist, { recursive: true, force: true });
  const metafiles = [await bundleProgram(root), await bundleWorkers(root), await bundleLateLibraries(root)];
  // src/dev finds its model beside itself; in dist that is beside the program.
  await cp(join(root, 'src/dev/model'), join(dist, 'model'), { recursive: true });
  await writeFile(join(dist, 'THIRD-PARTY-LICENSES.txt'), await bundledLicences(root, metafiles));
  const files = metafiles.flatMap(({ outputs }) => Object.keys(outputs));
  return new Map(await Promise.all(files.map(async (file) => [file, (await stat(join(root, file))).size] as const)));
}

if (import.meta.main) {
  for (const [file, bytes] of await buildPackage(join(import.meta.dirname, '..'))) {
    process.stdout.write(`${file.padEnd(28)} ${Math.ceil(bytes / 1024)} KiB\n`);
  }
}
