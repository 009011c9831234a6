import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exampleCurl } from '../../src/dev/example.ts';
import { readHeldBackDigits } from './held-back.ts';
import { startTestRuntime, type TestRuntime } from './runtime-client.ts';

const run = promisify(execFile);
const missing = ['bash', 'curl'].filter((tool) => spawnSync(tool, ['--version']).error !== undefined);
const reason = missing.length > 0 ? ` (skipped: no ${missing.join(', no ')} here)` : '';

let runtime: TestRuntime;
beforeAll(async () => {
  runtime = await startTestRuntime();
});
afterAll(() => runtime.stop());

test.skipIf(missing.length > 0)(`the printed line works when pasted into bash${reason}`, async () => {
  const { command, expectation } = exampleCurl(runtime.baseUrl);
  const { stdout, stderr } = await run('bash', ['-c', command]);
  expect(stdout).toContain(expectation.split(',')[0]);
  expect(stderr).toBe('');
});

test('the printed line, taken apart and sent, gets the answer that it promises', async () => {
  const { command, label } = exampleCurl(runtime.baseUrl);
  const [, url, header, body] = /^curl -sSw '\\n' '([^']+)' -H '([^']+)' -d '([^']+)'$/.exec(command) ?? [];
  const [name, type] = header!.split(': ');
  const response = await fetch(url!, { method: 'POST', headers: { [name!]: type! }, body: body! });
  expect(await response.json()).toMatchObject({ outputs: [{ name: 'label', data: [label] }] });
});

test('it is one short line with a digit that the model never saw', async () => {
  const { command, label, picture } = exampleCurl('http://127.0.0.1:9081');
  expect(command).not.toContain('\n');
  expect(command.length).toBeLessThan(400);
  const sent = JSON.parse(/-d '([^']+)'/.exec(command)![1]!).inputs[0].data as number[];
  const digits = await readHeldBackDigits();
  expect(digits.filter(({ x }) => String(x) === String(sent)).map((digit) => digit.label)).toEqual([label]);
  expect(picture.split('\n').map((line) => line.length)).toEqual(new Array(8).fill(8));
});

test('an address with a quote cannot end the quotation', () => {
  expect(exampleCurl("http://a'b:1/").command.match(/'/g)).toHaveLength(8);
});
