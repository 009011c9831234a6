// Does the real TorchServe do as it is told by the puller's orders: load, change, refuse, forget, come back after a kill?
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { ModelRuntimeConfig } from '../../src/config/slices.ts';
import { openRuntime } from '../../src/puller/runtime/open-runtime.ts';
import type { Verdict } from '../real/compare.ts';
import type { Program } from '../real/program.ts';
import {
  askTorchServe,
  freeTorchServePorts,
  makeArchive,
  startTorchServe,
  whyNoTorchServe,
} from '../support/runtimes/torchserve-program.ts';
import { summarize } from '../support/stores/verdict-summary.ts';

const root = mkdtempSync(join(tmpdir(), 'outrigger-torchserve-'));
const modelDir = join(root, 'models');
const flags = ['--disable-token-auth', '--enable-model-api'];
const startLimitMs = 120_000;
const never = new AbortController().signal;
const ports = await freeTorchServePorts();
const config: ModelRuntimeConfig = {
  kind: 'torchserve',
  host: '127.0.0.1',
  port: ports.inference,
  managementPort: ports.management,
  configFile: join(root, 'unused'),
  modelDir,
  loadTimeoutMs: 90_000,
  checkMs: 10_000,
};

const runtime = openRuntime(config, modelDir);
let program: Program | null = null;

/** As the puller lays it out; the archive is in a folder within, and all of them have the same name. */
function place(name: string, version: string, archive: { version: string; factor: number | 'broken' }): void {
  makeArchive({ folder: join(modelDir, '.outrigger', name, version, 'model-store'), file: 'model', ...archive });
}

const ask = (name: string) => askTorchServe(ports, name);
const links = () => readdirSync(modelDir).filter((entry) => entry.endsWith('.mar'));

async function start(folder: string, more: readonly string[]): Promise<void> {
  mkdirSync(join(root, folder), { recursive: true });
  await program?.stop();
  program = startTorchServe({ ports, folder: join(root, folder), modelStore: modelDir, flags: more });
  const lastMs = performance.now() + startLimitMs;
  while (!(await runtime.isUp(never))) {
    if (performance.now() > lastMs) throw new Error(`TorchServe did not start: ${program.logTail()}`);
    await wait(100);
  }
}

async function refused(order: Promise<void>, words: RegExp, code = 'MODEL_LOAD_FAILED'): Promise<void> {
  const error = await order.then(
    () => assert.fail('it was not refused'),
    (thrown) => thrown,
  );
  assert.equal(error.code, code, error.message);
  assert.match(error.message, words);
}

/** Asks on and on while `order` is carried out; all that was answered. */
async function answersDuring(order: Promise<void>): Promise<Set<unknown>> {
  const answers = new Set<unknown>();
  let done = false;
  const ended = order.finally(() => {
    done = true;
  });
  while (!done) {
    answers.add(await ask('m'));
    await wait(20); // the worker that starts meanwhile needs the processor too
  }
  await ended;
  return answers;
}

const m = (version: string) => runtime.load({ name: 'm', version }, never);

const claims: Readonly<Record<string, () => Promise<void>>> = {
  'a server that is away is no fault of the model': async () => {
    assert.equal(await runtime.isUp(never), false);
    await refused(m('a'), /./, 'UPSTREAM_UNREACHABLE');
    await start('first', flags);
    assert.equal(await runtime.isUp(never), true);
    assert.deepEqual(await runtime.serving(never), new Set());
  },
  'an archive in a folder of its own is loaded, and two of one name do not collide': async () => {
    await m('a');
    await runtime.load({ name: 'other', version: 'a' }, never);
    assert.deepEqual([await ask('m'), await ask('other')], [14, 77]);
    assert.deepEqual(await runtime.serving(never), new Set(['m', 'other']));
    await m('a');
    assert.equal(await ask('m'), 14);
  },
  'another version number takes over without a failed request': async () => {
    const answers = await answersDuring(m('b'));
    assert.deepEqual(
      [...answers].filter((answer) => answer !== 14 && answer !== 21),
      [],
    );
    assert.equal(await ask('m'), 21);
    assert.equal(links().length, 2);
  },
  'an archive of the same version number takes its place': async () => {
    await m('c');
    assert.equal(await ask('m'), 35);
    await m('a');
    assert.equal(await ask('m'), 14);
    assert.equal(links().length, 2);
  },
  'what is no archive is refused, and a version of another number serves on': async () => {
    await m('b');
    await refused(m('torn'), /TorchServe refused to load the model m: .*500/);
    assert.equal(await ask('m'), 21);
  },
  'a worker that ends at its start is a refusal, and the old archive can be loaded again': async () => {
    await refused(m('broken'), /log of its workers/);
    await m('b');
    assert.equal(await ask('m'), 21);
  },
  'after a kill it has nothing, and gets it again': async () => {
    await program?.stop(0);
    assert.equal(await runtime.isUp(never), false);
    await start('second', flags);
    assert.deepEqual(await runtime.serving(never), new Set());
    await m('b');
    assert.equal(await ask('m'), 21);
  },
  'an unloaded model is gone, with its links; an unknown one is no error': async () => {
    await runtime.unload('m', never);
    assert.equal(await ask('m'), 'status 404');
    assert.equal(await runtime.isServing('m', never), false);
    await runtime.unload('m', never);
    await runtime.unload('never-seen', never);
    assert.equal(links().length, 1); // of `other`, which the second server was not told of
  },
  'without --enable-model-api the refusal names it': async () => {
    await start('third', ['--disable-token-auth']);
    await refused(m('a'), /--enable-model-api/);
  },
  'with tokens the refusal names --disable-token-auth': async () => {
    await start('fourth', ['--enable-model-api']);
    await refused(m('a'), /--disable-token-auth/);
  },
};

async function judge(name: string, claim: () => Promise<void>): Promise<Verdict> {
  const startedMs = performance.now();
  const difference = await claim().then(
    () => null,
    (error) => `${error.stack}`,
  );
  console.log(`${difference === null ? 'ok  ' : 'FAIL'} ${name} (${Math.round(performance.now() - startedMs)} ms)`);
  return { name, difference };
}

const why = whyNoTorchServe();
try {
  if (why === null) {
    place('m', 'a', { version: '1.0', factor: 2 });
    place('m', 'b', { version: '2.0', factor: 3 });
    place('m', 'c', { version: '2.0', factor: 5 });
    place('m', 'broken', { version: '2.0', factor: 'broken' });
    place('m', 'torn', { version: '9', factor: 1 });
    place('other', 'a', { version: '1.0', factor: 11 });
    writeFileSync(join(modelDir, '.outrigger/m/torn/model-store/model.mar'), 'no archive');
    const verdicts: Verdict[] = [];
    for (const [name, claim] of Object.entries(claims)) verdicts.push(await judge(name, claim));
    summarize(verdicts);
  } else console.log(`not run: ${why}\n0 passed, 0 failed`);
} finally {
  await (program as Program | null)?.stop();
  await runtime[Symbol.asyncDispose]();
  rmSync(root, { recursive: true, force: true });
}
