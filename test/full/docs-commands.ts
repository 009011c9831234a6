// Do the pages work as they stand? Runs their `sh test` blocks in a fresh clone, in order, and compares what they print.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { toolMissing } from '../e2e/support/tool-missing.ts';
import { type Block, blocksOf, isShell, pagesOf, readPage } from '../support/docs/pages.ts';
import { DocsShell, patternOf } from '../support/docs/shell.ts';

const root = join(import.meta.dirname, '../..');
/** The pages name them, so they have to be free, where the pages cannot have a network of their own. */
const ports = [8080, 8088, 9081, 9089];
const isolated = toolMissing('unshare', 'ip') === null && spawnSync('unshare', ['-rn', 'true']).status === 0;

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port);
  const [outcome] = await Promise.race([once(server, 'listening').then(() => ['free']), once(server, 'error')]);
  server.close();
  return outcome === 'free';
}

async function hindrance(): Promise<string | null> {
  const missing = toolMissing('git', 'npm', 'curl', 'python3', 'setsid');
  if (missing !== null) return `no ${missing} here`;
  for (const port of isolated ? [] : ports) if (!(await isFree(port))) return `port ${port} is taken`;
  return null;
}

/** As a shell of somebody who has just come: nothing of the npm that runs this. */
function environmentOf(folder: string): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_(?!config_)|node_|outrigger_)/i.test(name));
  const path = (process.env.PATH ?? '').split(delimiter).filter((part) => !part.includes('node_modules'));
  return {
    ...Object.fromEntries(inherited),
    ...(isolated ? { npm_config_offline: 'true' } : {}), // from the cache
    npm_config_prefix: join(folder, 'global'),
    PATH: [...path, join(folder, 'global/bin')].join(delimiter),
    no_proxy: 'localhost,127.0.0.1',
    NO_COLOR: '1',
  };
}

async function runBlock(shell: DocsShell, { block, clone }: { block: Block; clone: string }): Promise<string | null> {
  const [need, stays] = block.words;
  if (isShell(block) && need === 'test') {
    if (stays === 'serve') await shell.serve(block.text);
    else return await shell.run(block.text);
  }
  if (/^[\w-]+\.\w+$/.test(need ?? '')) writeFileSync(join(clone, need as string), block.text);
  return null;
}

async function runPage(page: string, { folder, clone }: { folder: string; clone: string }): Promise<number> {
  const blocks = blocksOf(page, readPage(clone, page));
  const own = mkdtempSync(join(folder, 'page-'));
  await using shell = new DocsShell({ folder: own, cwd: clone, env: environmentOf(folder), isolated });
  let printed: string | null = null;
  let commands = 0;
  for (const [at, block] of blocks.entries()) {
    if (block.section !== blocks[at - 1]?.section) await shell.stop(); // each section begins with what it starts itself
    if (block.language === 'text' && block.words[0] === 'output') {
      const expected = patternOf(block.text);
      const of = block.words.slice(1).join(' ');
      if (printed === null || of !== '') await shell.prints(of, expected);
      else if (!expected.test(printed)) throw new Error(`shown:\n${block.text}\nprinted:\n${printed}`);
    } else {
      printed = await runBlock(shell, { block, clone });
      if (isShell(block) && block.words[0] === 'test') commands += 1;
    }
  }
  return commands;
}

const reason = await hindrance();
if (reason !== null) {
  console.log(`skipped: ${reason}\n0 passed, 0 failed`);
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), 'outrigger-docs-'));
const clone = join(folder, 'outrigger');
let [passed, failed] = [0, 0];
try {
  mkdirSync(join(folder, 'global'));
  const { status } = spawnSync('git', ['clone', '-q', root, clone], { stdio: 'inherit' });
  if (status !== 0) throw new Error('the checkout cannot be cloned');
  if (isolated) spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit'], { cwd: clone, stdio: 'ignore' }); // fills the cache
  for (const page of pagesOf(clone)) {
    try {
      const commands = await runPage(page, { folder, clone });
      if (commands > 0) console.log(`ok   ${page}: ${commands} blocks`);
      passed += commands > 0 ? 1 : 0;
    } catch (error) {
      failed += 1;
      console.log(`FAIL ${page}: ${error instanceof Error ? error.message : error}`);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
