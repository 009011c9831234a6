// What does installing outrigger bring, and does it run there?

import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Outcome, PackedOutrigger, run } from './support/packed-outrigger.ts';

const cache = process.env.OUTRIGGER_TEST_CACHE ?? join(homedir(), '.cache/outrigger-test');
const arch = process.arch === 'arm64' ? 'arm64' : 'x64';
const runtimes = [
  { name: `Node ${process.versions.node}`, node: process.execPath },
  { name: 'Node 22', node: join(cache, `node22/node_modules/node-linux-${arch}/bin/node`) },
];

describe('the package', () => {
  let packed: PackedOutrigger;
  let manifest: string;
  let program: string;

  function swap(verb: string): Promise<Outcome> {
    return run(process.execPath, ['scripts/pack-manifest.ts', verb], packed.checkout);
  }

  beforeAll(async () => {
    packed = await PackedOutrigger.create();
    manifest = await readFile(join(packed.checkout, 'package.json'), 'utf8');
    program = join(packed.project, 'node_modules/.bin/outrigger');
    await packed.pack();
    await packed.install();
    await packed.buildNothingMore();
  }, 60_000);

  afterAll(() => packed?.dispose());

  it('brings one program and no other package', async () => {
    const installed = await readdir(join(packed.project, 'node_modules'));
    expect(installed.filter((name) => !name.startsWith('.'))).toEqual(['outrigger']);
    expect(await readdir(join(packed.project, 'node_modules/.bin'))).toEqual(['outrigger']);
  });

  it('names nothing that npm would install, and onnxruntime-node as an optional peer', async () => {
    const installed = await readFile(join(packed.project, 'node_modules/outrigger/package.json'), 'utf8');
    const { dependencies, optionalDependencies, devDependencies, scripts, ...published } = JSON.parse(installed);
    expect([dependencies, optionalDependencies, devDependencies, scripts]).toEqual(Array(4).fill(undefined));
    expect(Object.keys(published.peerDependencies)).toEqual(['onnxruntime-node']);
    expect(published.peerDependenciesMeta).toEqual({ 'onnxruntime-node': { optional: true } });
  });

  it('leaves the package.json that it was packed from as it was', async () => {
    expect(await readFile(join(packed.checkout, 'package.json'), 'utf8')).toBe(manifest);
    expect(existsSync(join(packed.checkout, '.package.json.keep'))).toBe(false);
  });

  it('has the program, the pages and what is deployed with them, and nothing of the checkout', async () => {
    const folder = join(packed.project, 'node_modules/outrigger');
    const present = await readdir(folder);
    const wanted = ['CHANGELOG.md', 'LICENSE', 'README.md', 'deploy', 'dist', 'docs', 'package.json'];
    expect(present.toSorted()).toEqual(wanted);
    const files = await readdir(folder, { recursive: true });
    expect(files.filter((path) => /\.ts$|(^|\/)node_modules\//.test(path))).toEqual([]);
    expect(files).toContain('dist/model/digits.onnx');
  });

  it('has pages whose links lead to what is in it', async () => {
    const folder = join(packed.project, 'node_modules/outrigger');
    const pages = (await readdir(folder, { recursive: true })).filter((path) => path.endsWith('.md'));
    expect(pages.length).toBeGreaterThan(15);
    for (const page of pages) {
      const text = await readFile(join(folder, page), 'utf8');
      for (const [, target = ''] of text.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)) {
        const linked = join(folder, dirname(page), target);
        expect(linked.startsWith(folder) && existsSync(linked), `${page}: ${target}`).toBe(true);
      }
    }
  });

  it('carries the licence of every library that is bundled into it', async () => {
    const licences = await readFile(
      join(packed.project, 'node_modules/outrigger/dist/THIRD-PARTY-LICENSES.txt'),
      'utf8',
    );
    const sources = (await readdir(join(packed.checkout, 'src'), { recursive: true })).filter((path) =>
      path.endsWith('.ts'),
    );
    const texts = await Promise.all(sources.map((path) => readFile(join(packed.checkout, 'src', path), 'utf8')));
    const bundled = Object.entries<string>(JSON.parse(manifest).dependencies).filter(([name]) =>
      texts.some((text) => text.includes(`'${name}'`) || text.includes(`'${name}/`)),
    );
    expect(bundled.length).toBeGreaterThan(8);
    const forBrowsers = ['uplot', JSON.parse(manifest).devDependencies.uplot];
    for (const [name, version] of [...bundled, forBrowsers]) expect(licences).toContain(`${name} ${version} (`);
  });

  it.each([
    ['--help', ['outrigger.cjs']],
    ['pull --help', ['outrigger.cjs', 'pull.cjs']],
  ])('loads for `%s` no library, and nothing of what it is not asked for', async (words, files) => {
    const script = [
      `process.argv = [process.execPath, ${JSON.stringify(program)}, ...${JSON.stringify(words.split(' '))}];`,
      `process.on('exit', () => console.log('\\n' + JSON.stringify(Object.keys(require.cache))));`,
      `require(${JSON.stringify(program)});`,
    ];
    const { stdout } = await run(process.execPath, ['-e', script.join('\n')], packed.project);
    const loaded: string[] = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
    expect(loaded.map((path) => path.replace(/^.*\/dist\//, ''))).toEqual(files);
  });

  it('has every thread and every library that its programs name', async () => {
    const dist = join(packed.project, 'node_modules/outrigger/dist');
    const present = (await readdir(dist, { recursive: true })).filter((path) => path.endsWith('.cjs'));
    const programs = present.filter((path) => !path.startsWith('vendor/'));
    const texts = await Promise.all(programs.map((path) => readFile(join(dist, path), 'utf8')));
    const named = texts.flatMap((text) =>
      [...text.matchAll(/"\.\/([\w./-]+\.cjs)"/g)].map(([, path]) => path as string),
    );
    expect(named).toContain('vendor/aws-sdk-client-s3.cjs');
    expect(named).toContain('pull-worker.cjs');
    expect([...new Set(['outrigger.cjs', ...named])].sort()).toEqual(present.sort());
  });

  it("has the operator's page as it is in the sources, and the library that it plots with", async () => {
    const [from, to] = [
      join(packed.checkout, 'src/ops/page'),
      join(packed.project, 'node_modules/outrigger/dist/page'),
    ];
    const isFile = (name: string): boolean => /\.\w+$/.test(name);
    const files = (await readdir(from, { recursive: true })).filter((name) => /\.(html|css|js|svg)$/.test(name));
    const present = (await readdir(to, { recursive: true })).filter(isFile);
    expect(present.sort()).toEqual([...files, 'uplot.css', 'uplot.js'].sort());
    for (const name of files) expect(await readFile(join(to, name))).toEqual(await readFile(join(from, name)));
    expect(await readFile(join(to, 'uplot.js'), 'utf8')).toContain('export { uPlot as default }');
  });

  describe.each(runtimes)('on $name', ({ node }) => {
    it('prints its version', async (context) => {
      context.skip(!existsSync(node), 'not installed: scripts/install-node22.sh');
      const outcome = await run(node, [program, '--version'], packed.project);
      expect(outcome).toEqual({ exitCode: 0, stdout: `${JSON.parse(manifest).version}\n`, stderr: '' });
    });

    it('helps', async (context) => {
      context.skip(!existsSync(node), 'not installed: scripts/install-node22.sh');
      const { exitCode, stdout } = await run(node, [program, '--help'], packed.project);
      expect(exitCode).toBe(0);
      expect(stdout).toContain('--component-port');
    });
  });

  it('says what `outrigger dev` lacks when onnxruntime-node is not there', async () => {
    const dev = await run(process.execPath, [program, 'dev', '--port', '0', '--metrics-port', '0'], packed.project);
    expect(dev.exitCode).not.toBe(0);
    expect(dev.stdout + dev.stderr).toContain('npm i --global --ignore-scripts onnxruntime-node');
    expect(dev.stdout + dev.stderr).toContain('--upstream');
  });

  it.each(['write', 'restore'])('has its package.json back from a pack that was cut short, by `%s`', async (verb) => {
    const manifestPath = join(packed.checkout, 'package.json');
    expect(await swap('write')).toMatchObject({ exitCode: 0 });
    expect(await readFile(manifestPath, 'utf8')).not.toBe(manifest);
    expect(await swap(verb)).toMatchObject({ exitCode: 0 });
    expect(await swap('restore')).toMatchObject({ exitCode: 0 });
    expect(await readFile(manifestPath, 'utf8')).toBe(manifest);
  });

  it('does not lose an edit of package.json made while the original was kept', async () => {
    const manifestPath = join(packed.checkout, 'package.json');
    await swap('write');
    await writeFile(manifestPath, '{"name": "edited"}');
    expect(await swap('restore')).not.toMatchObject({ exitCode: 0 });
    expect(await readFile(manifestPath, 'utf8')).toBe('{"name": "edited"}');
    expect(await readFile(join(packed.checkout, '.package.json.keep'), 'utf8')).toBe(manifest);
  });
});
