// `outrigger pull` of what the package has: from stores into folders, as its users and KServe run it.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type Alter, S3Server, testAccount } from '../support/stores/s3-server.ts';
import { sendFile, webServer } from '../support/stores/web-server.ts';
import { builtProgram } from './support/built-program.ts';
import { PullProcess } from './support/pull-process.ts';

const kibi = 1024;

let published: string;
let program: string;
let folder: string;
let server: S3Server;
/** What the store does otherwise, in one test. */
let alter: Alter;

beforeAll(async () => {
  // Far from the libraries of the checkout, as where it is installed; that it can be installed: package.test.ts.
  published = mkdtempSync(join(tmpdir(), 'outrigger-published-'));
  cpSync(dirname(await builtProgram()), published, { recursive: true });
  program = join(published, 'outrigger.cjs');
});

afterAll(() => rmSync(published, { recursive: true, force: true }));

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'outrigger-pull-e2e-'));
  alter = (_, answer) => answer;
  server = await S3Server.start({ alter: (...seen) => alter(...seen) });
  server.put('models', 'm/config.json', '{}');
  server.put('models', 'm/1/weights.bin', Buffer.alloc(300 * kibi, 'w'));
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

function s3Environment(): Record<string, string> {
  const { accessKeyId, secretAccessKey } = testAccount;
  return { AWS_ENDPOINT_URL: server.url, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
}

function start(words: readonly string[], env: Record<string, string> = {}): PullProcess {
  return new PullProcess(program, words, { env: { HOME: '/nonexistent', ...s3Environment(), ...env } });
}

async function ended(words: readonly string[], env?: Record<string, string>): Promise<PullProcess> {
  const run = start(words, env);
  await run.exitCode();
  return run;
}

/** Paths below `under`, without markers. */
function filesIn(under: string): string[] {
  const found = readdirSync(join(folder, under), { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => entry.isFile() && !/^SUCCESS\.[0-9a-f]{64}$/.test(entry.name));
  return files.map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + under.length + 2)).sort();
}

async function archiveOf(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const archive = pack();
  for (const [name, text] of Object.entries(files)) archive.entry({ name }, text);
  archive.finalize();
  return gzipSync(await buffer(archive));
}

describe('outrigger pull', () => {
  it('brings a model from S3, and a second run fetches nothing of it', async () => {
    const words = ['pull', '--json', 's3://models/m', join(folder, 'm')];
    const first = await ended(words);
    expect([await first.exitCode(), first.stderr]).toEqual([0, '']);
    expect(filesIn('m')).toEqual(['1/weights.bin', 'config.json']);
    expect(readFileSync(join(folder, 'm/1/weights.bin')).equals(Buffer.alloc(300 * kibi, 'w'))).toBe(true);
    const whole = { files: 2, bytes: 300 * kibi + 2 };
    expect(first.events.map(({ event }) => event).filter((event) => event !== 'progress')).toEqual([
      'started',
      'pulled',
    ]);
    expect(first.events.at(-1)).toMatchObject({ ...whole, fetchedBytes: 300 * kibi + 2 });

    server.requests.length = 0;
    const second = await ended(words);
    expect(second.events.at(-1)).toMatchObject({ event: 'pulled', ...whole, fetchedBytes: 0 });
    expect(server.asked().filter((asked) => /^GET m\/./.test(asked))).toEqual([]);
  });

  it('brings several models in one run, from S3, a web server and a folder, and unpacks an archive', async () => {
    const archive = await archiveOf({ 'model.txt': 'from the web', 'a/b.txt': 'b' });
    const web = await webServer((request, response) =>
      sendFile(request, response, { body: archive, headers: { etag: '"1"' } }),
    );
    mkdirSync(join(folder, 'source'));
    writeFileSync(join(folder, 'source/local.txt'), 'from here');
    const pairs = [
      ['s3://models/m/config.json', join(folder, 'one')],
      [`${web.origin}/models/model.tar.gz`, join(folder, 'two')],
      [`file://${folder}/source`, join(folder, 'three')],
    ];
    const run = await ended(['pull', ...pairs.flat()]);
    expect([await run.exitCode(), run.stdout.trim().split('\n').length]).toEqual([0, 3]);
    expect([filesIn('one'), filesIn('two'), filesIn('three')]).toEqual([
      ['config.json'],
      ['a/b.txt', 'model.txt'],
      ['local.txt'],
    ]);
    expect(readFileSync(join(folder, 'two/model.txt'), 'utf8')).toBe('from the web');
  });

  it("takes the words of KServe's storage initializer: pairs alone, and paths of mounted volumes", async () => {
    mkdirSync(join(folder, 'pvc'));
    writeFileSync(join(folder, 'pvc/model.txt'), 'mounted');
    const run = await ended(['s3://models/m', join(folder, 'a'), join(folder, 'pvc'), join(folder, 'b')]);
    expect(await run.exitCode()).toBe(0);
    expect([filesIn('a').length, filesIn('b')]).toEqual([2, ['model.txt']]);
    expect(await (await ended([join(folder, 'pvc'), join(folder, 'c')])).exitCode()).toBe(0);
  });

  it('runs as the image does: a user without name and home, in a folder of root whose group may write', async (context) => {
    const user = 65_532;
    chmodSync(published, 0o755);
    chmodSync(folder, 0o755);
    const probe = spawnSync(process.execPath, [program, '--version'], { uid: user, gid: user });
    context.skip(probe.status !== 0, 'only root can be somebody else, who must be able to run this node');
    const target = join(folder, 'models');
    mkdirSync(target);
    chownSync(target, 0, user);
    chmodSync(target, 0o2775);
    const run = new PullProcess(program, ['s3://models/m', target], { env: s3Environment(), user });
    expect([await run.exitCode(), run.stderr]).toEqual([0, `pulling s3://models/m into ${target}\n`]);
    expect(filesIn('models')).toEqual(['1/weights.bin', 'config.json']);
    for (const file of filesIn('models')) expect(statSync(join(target, file)).mode & 0o777).toBe(0o644);
    expect(statSync(join(target, '1')).mode & 0o777).toBe(0o755);
  });

  it('--verify finds a flipped byte, and fetches nothing', async () => {
    const pair = ['s3://models/m', join(folder, 'm')];
    await ended(['pull', ...pair]);
    server.requests.length = 0;
    const sound = await ended(['pull', '--verify', ...pair]);
    expect([await sound.exitCode(), server.requests]).toEqual([0, []]);

    const file = join(folder, 'm/1/weights.bin');
    const bytes = readFileSync(file);
    bytes[200 * kibi] = 0x78;
    writeFileSync(file, bytes);
    const broken = await ended(['pull', '--verify', ...pair]);
    expect([await broken.exitCode(), server.requests]).toEqual([1, []]);
    expect(broken.stderr).toContain('1/weights.bin');
    rmSync(file);
    expect(await (await ended(['pull', ...pair])).exitCode()).toBe(0);
    expect(await (await ended(['pull', '--verify', ...pair])).exitCode()).toBe(0);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s in the middle ends it with %d, and the next run fetches only the rest', async (signal, exitCode) => {
    server.put('models', 'm/2/rest.bin', Buffer.alloc(100 * kibi, 'r'));
    alter = (request, answer) => (request.method === 'GET' && request.key === 'm/2/rest.bin' ? null : answer);
    const words = ['pull', '--json', 's3://models/m', join(folder, 'm')];
    const cut = start(words);
    await eventually('all but one is here', () => cut.events.at(-1)?.doneFiles === 2);
    cut.interrupt(signal);
    expect(await cut.exitCode()).toBe(exitCode);
    expect(cut.events.at(-1)).toMatchObject({ event: 'failed', code: 'PULL_CANCELLED' });
    expect(filesIn('m').filter((path) => !path.startsWith('.outrigger/'))).toEqual([]);

    alter = (_, answer) => answer;
    const rest = await ended(words);
    expect(rest.events.at(-1)).toMatchObject({ event: 'pulled', files: 3, fetchedBytes: 100 * kibi });
    expect(filesIn('m')).toEqual(['1/weights.bin', '2/rest.bin', 'config.json']);
  });
});

describe('what goes wrong', () => {
  it.each([
    ['no words', []],
    ['a source without a folder', ['s3://models/m']],
    ['a source of no store', ['s3://models/m', '/nonexistent/a', 's4://models/m', '/nonexistent/b']],
    ['an unknown flag', ['--jsn', 's3://models/m', '/nonexistent/a']],
    ['a value out of range', ['--max-files=0', 's3://models/m', '/nonexistent/a']],
  ])('%s: exit 64, before anything is asked or made', async (_, words) => {
    const run = await ended(['pull', ...words]);
    expect([await run.exitCode(), run.stdout, server.requests]).toEqual([64, '', []]);
    expect(run.stderr).toMatch(/^outrigger: /);
  });

  it('an unknown bucket: exit 1 with the code, and what comes behind it is not pulled', async () => {
    const run = await ended(['pull', '--json', 's3://nobody/m', join(folder, 'a'), 's3://models/m', join(folder, 'b')]);
    expect(await run.exitCode()).toBe(1);
    expect(run.events.at(-1)).toMatchObject({ event: 'failed', source: 's3://nobody/m', code: 'MODEL_NOT_FOUND' });
    expect(readdirSync(folder)).not.toContain('b');
  });

  it('a store that is down: exit 1, after a line that says so', async () => {
    const gone = await S3Server.start();
    const env = { AWS_ENDPOINT_URL: gone.url, S3_MAX_ATTEMPTS: '3' };
    await gone[Symbol.asyncDispose]();
    const run = await ended(['pull', 's3://models/m', join(folder, 'm')], env);
    expect(await run.exitCode()).toBe(1);
    expect(run.stderr).toMatch(/waiting, \d+ failed attempts?: .*ECONNREFUSED/);
    expect(run.stderr).toContain('(STORE_UNREACHABLE)');
  });

  it('--verify of what was never pulled: exit 1, and no folder is made', async () => {
    const run = await ended(['pull', '--verify', 's3://models/m', join(folder, 'm')]);
    expect([await run.exitCode(), readdirSync(folder)]).toEqual([1, []]);
  });
});

describe('secrets', () => {
  /** Everything that a pull says, and everything that it leaves in the folder. */
  async function traces(words: readonly string[], env: Record<string, string> = {}): Promise<string> {
    const run = await ended(words, env);
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    const left = files.map((file) => `${file}\n${readFileSync(file, 'utf8')}`);
    expect(run.stdout + run.stderr).not.toBe('');
    return [run.stdout, run.stderr, ...left].join('\n');
  }

  const shows = [[], ['--json'], ['--quiet', '--max-files=x']];

  it.each(shows)('of S3 keys nothing is told, whether they are refused or taken (%s)', async (...flags) => {
    const words = ['pull', ...flags, 's3://models/m', join(folder, 'm')];
    const refused = {
      AWS_ACCESS_KEY_ID: 'CANARYID',
      AWS_SECRET_ACCESS_KEY: 'CANARY/key',
      AWS_SESSION_TOKEN: 'CANARYTOKEN',
    };
    expect(await traces(words, refused)).not.toContain('CANARY');
    expect(await traces(words)).not.toContain(testAccount.secretAccessKey);
  });

  it.each(['200', '403'])(
    'of a user part, a signature and header values nothing is told (the server answers %s)',
    async (status) => {
      const web = await webServer((request, response) => {
        if (status === '403') response.writeHead(403).end(`no: ${request.url} ${JSON.stringify(request.headers)}`);
        else sendFile(request, response, { body: Buffer.from('model'), headers: { etag: '"1"' } });
      });
      const uri = `http://user:CANARY@${web.host}/m/a?X-Amz-Signature=CANARY&token=CANARY`;
      const env = { [`${web.host}-headers`]: '{"x-api-key": "CANARY"}' };
      for (const flags of shows) {
        expect(await traces(['pull', ...flags, uri, join(folder, 'm')], env)).not.toMatch(/CANARY|Q0FOQVJZ/);
      }
      expect(web.asked.length).toBeGreaterThan(0);
    },
  );

  it('of a SAS and of an account key nothing is told', async () => {
    const web = await webServer((request, response) => response.writeHead(403).end(`${request.url} CANARY`));
    const env = { AZURE_SERVICE_URL: web.origin };
    const uri = 'https://account.blob.core.windows.net/models/m?sv=2022-11-02&sig=CANARY%2Fsig&se=2030-01-01';
    expect(await traces(['pull', uri, join(folder, 'm')], env)).not.toContain('CANARY');
    const keyed = { ...env, AZURE_ACCOUNT_NAME: 'account', AZURE_STORAGE_ACCESS_KEY: 'CANARY==' };
    expect(
      await traces(['pull', 'abfss://models@account.dfs.core.windows.net/m', join(folder, 'm')], keyed),
    ).not.toContain('CANARY');
    expect(web.asked.length).toBeGreaterThan(0);
  });

  it('of a storage spec that is no JSON nothing is quoted', async () => {
    const env = { STORAGE_CONFIG: '{"type":"s3","secret_access_key":"CANARY"' };
    expect(await traces(['pull', 's3://models/m', join(folder, 'm')], env)).not.toContain('CANARY');
  });

  it('of a source that was taken for a command only the host is quoted', async () => {
    expect(await traces(['user:CANARY@host/model'])).not.toContain('CANARY');
    expect(await traces(['pull', 'user:CANARY@host/model', join(folder, 'm')])).not.toContain('CANARY');
  });
});
