// Does a sink see the token of the file, also after it was rotated, and never one that breaks a header?
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { BearerToken } from '../../../src/logger/sink/bearer-token.ts';
import { silentLog } from '../../support/members.ts';
import { answering, rawRuntime } from '../../support/raw-runtime.ts';
import { testSinkClient } from '../../support/sink-client.ts';

let file: string;
let errors: object[];

beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'token-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  file = join(folder, 'token');
  errors = [];
});

function openToken(): BearerToken {
  return new BearerToken({ file, log: { ...silentLog, error: (fields) => errors.push(fields) } });
}

it('the token is sent without the line end of the file, in place of the user part', async () => {
  writeFileSync(file, 'abc.def-ghi\n');
  const sink = await rawRuntime(answering('ok'));
  await testSinkClient({ url: `http://user@127.0.0.1:${sink.port}/`, bearerTokenFile: file }).post();
  expect(sink.received().match(/\nAuthorization: .*\r/g)).toEqual(['\nAuthorization: Bearer abc.def-ghi\r']);
});

it('a rotated token is sent some seconds later', () => {
  writeFileSync(file, 'first');
  const token = openToken();
  expect(token.header(0)).toBe('Authorization: Bearer first\r\n');
  writeFileSync(file, 'second');
  expect(token.header(2000)).toBe('Authorization: Bearer first\r\n');
  expect(token.header(3000)).toBe('Authorization: Bearer second\r\n');
});

it('a file that is not there is said once, and is read when it comes', () => {
  const token = openToken();
  expect(token.header(0)).toBe('');
  expect(token.header(10_000)).toBe('');
  expect(errors).toMatchObject([{ file, reason: expect.stringContaining('ENOENT') }]);
  writeFileSync(file, 'late');
  expect(token.header(20_000)).toBe('Authorization: Bearer late\r\n');
  rmSync(file);
  expect(token.header(30_000)).toBe('Authorization: Bearer late\r\n');
  expect(errors).toHaveLength(2);
});

it.each(['', ' \n', 'a\r\nX-Injected: 1', 'a b', 'a\0', 'é'])('%j is no token, and is not shown in the log', (text) => {
  writeFileSync(file, text);
  expect(openToken().header(0)).toBe('');
  expect(errors).toHaveLength(1);
  expect(JSON.stringify(errors)).not.toContain('Injected');
});
