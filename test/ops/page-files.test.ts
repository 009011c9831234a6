// Does a browser get the page and its files, and nobody anything that is not of the page?
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { openPageFiles, type PageFiles } from '../../src/ops/page-files.ts';

const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
let folder: string;
let files: PageFiles;

beforeEach(() => {
  const outside = mkdtempSync(join(tmpdir(), 'outrigger-page-'));
  onTestFinished(() => rmSync(outside, { recursive: true }));
  folder = join(outside, 'page');
  mkdirSync(join(folder, 'room', 'cellar'), { recursive: true });
  for (const name of ['index.html', 'main.js', 'plot-lines.test.js', 'look.css', 'mark.svg', 'tsconfig.json', '.js'])
    writeFileSync(join(folder, name), `content of ${name}`);
  writeFileSync(join(folder, 'room', 'chair.js'), 'content of room/chair.js');
  writeFileSync(join(folder, 'room', 'cellar', 'deep.js'), 'deep');
  writeFileSync(join(outside, 'secret.js'), 'secret');
  files = openPageFiles(pathToFileURL(`${folder}/`));
});

function ask(path: string, accept?: string, ifNoneMatch?: string) {
  return files.answer({ path, accept, ifNoneMatch });
}

test.each([browser, 'text/html', 'TEXT/HTML;level=1', 'application/json, text/html;q=0.1'])(
  '/ is the page for who accepts %s',
  async (accept) => {
    const answer = await ask('/', accept);
    expect([answer?.status, answer?.contentType]).toEqual([200, 'text/html; charset=utf-8']);
    expect(answer?.body?.toString()).toBe('content of index.html');
    expect(answer?.headers).toMatchObject({ Vary: 'Accept', 'X-Frame-Options': 'DENY' });
  },
);

test.each([undefined, '*/*', 'text/*', 'application/json', 'text/html;q=0', 'text/html-but-not'])(
  '/ is left to the text for who accepts %s',
  async (accept) => expect(await ask('/', accept)).toBeNull(),
);

test.each([
  ['main.js', 'text/javascript; charset=utf-8'],
  ['plot-lines.test.js', 'text/javascript; charset=utf-8'],
  ['room/chair.js', 'text/javascript; charset=utf-8'],
  ['look.css', 'text/css; charset=utf-8'],
  ['mark.svg', 'image/svg+xml'],
])('/page/%s is %s, whatever is accepted', async (name, contentType) => {
  const answer = await ask(`/page/${name}`);
  expect([answer?.status, answer?.contentType, answer?.body?.toString()]).toEqual([
    200,
    contentType,
    `content of ${name}`,
  ]);
});

test('nothing runs that is not of the page, and no other page holds it', async () => {
  for (const answer of [await ask('/', browser), await ask('/page/main.js')]) {
    const policy = answer?.headers['Content-Security-Policy']?.split('; ') ?? [];
    for (const rule of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"])
      expect(policy).toContain(rule);
    expect(policy.join()).not.toContain('unsafe');
    expect(answer?.headers['Referrer-Policy']).toBe('no-referrer');
  }
});

test.each([
  ...[
    '/page',
    '/page/',
    '/page/none.js',
    '/page/tsconfig.json',
    '/page/index.html',
    '/page/room',
    '/page/room/',
    '/page/room/none.js',
    '/page/room/cellar/deep.js',
  ],
  ...[
    '/page/../secret.js',
    '/page/..%2fsecret.js',
    '/page/%2e%2e/secret.js',
    '/page/..\\secret.js',
    '/page//secret.js',
    '/page/room/../main.js',
    '/page/room/../../secret.js',
    '/page/room%2fchair.js',
    '/page/room//chair.js',
    '/page/.room/chair.js',
  ],
  ...['/page/.js', '/page/./main.js', '/page/main.js%00', '/page/main.js\0', '/page/main.js/', '/page/file:secret.js'],
  ...[
    '/PAGE/main.js',
    '/main.js',
    'page/main.js',
    '/page/https://x/y.js',
    '/page/MAIN.JS',
    `/page/${'a'.repeat(300)}.js`,
  ],
])('%j is no file of the page', async (path) => expect(await ask(path, browser)).toBeNull());

test('a file that the browser has already is not sent again, and is when it has changed', async () => {
  const first = await ask('/page/main.js');
  const etag = first?.headers.ETag as string;
  expect(first?.headers['Cache-Control']).toBe('no-cache');
  for (const known of [etag, `W/${etag}`, `"x", ${etag}`])
    expect(await ask('/page/main.js', undefined, known)).toMatchObject({ status: 304, body: null });
  writeFileSync(join(folder, 'main.js'), 'content of main.jT');
  const second = await ask('/page/main.js', undefined, etag);
  expect([second?.status, second?.body?.toString()]).toEqual([200, 'content of main.jT']);
});

test('without its page / stays the text also for browsers', async () => {
  rmSync(join(folder, 'index.html'));
  expect(await ask('/', browser)).toBeNull();
});

test('what cannot be read is a fault, not a missing file', async () => {
  symlinkSync('loop.js', join(folder, 'loop.js'));
  await expect(ask('/page/loop.js')).rejects.toMatchObject({ code: 'ELOOP' });
});

test.each(['uplot.js', 'uplot.css'])('%s comes from its package', async (name) => {
  const answer = await openPageFiles().answer({ path: `/page/${name}`, accept: undefined, ifNoneMatch: undefined });
  expect(answer?.body?.toString()).toContain('uplot');
});
