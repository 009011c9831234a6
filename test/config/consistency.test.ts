import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/read.ts';
import { problemsOf } from './problems-of.ts';

function argvOf(line: string): string[] {
  return line.split(' ');
}

describe('options that contradict each other', () => {
  it.each([
    ['--component-port 9081', '--component-port: '],
    ['--port 8080', '--component-port: '],
    ['--port 8080 --host 0.0.0.0', '--component-port: '],
    ['--component-grpc-port 9081', '--component-grpc-port: '],
    ['--metrics-port 9081', '--metrics-port: '],
    ['--metrics-port 8080', '--metrics-port: '],
    ['--metrics-port 7 --component-grpc-port 7', '--metrics-port: '],
    ['--metrics-port 7 --port 7 --host ::1', '--metrics-port: '],
    ['--enable-puller --runtime-management-port 9081', '--runtime-management-port: '],
    ['--enable-puller --runtime-api torchserve --port 8081', '--runtime-management-port: '],
    ['--enable-puller --runtime-api torchserve --metrics-port 8081', '--metrics-port: '],
    ['--drain-min-wait 26s', '--drain-min-wait: '],
    ['--drain-min-wait 2s --drain-max-wait 1s', '--drain-min-wait: '],
  ])('%s is a problem', (line, problem) => {
    const problems = problemsOf({ argv: argvOf(line) });
    expect(problems).toEqual([expect.stringMatching(new RegExp(`^${problem}expected .*, got "`))]);
  });

  it('the problem names the variable when it came from there', () => {
    const problems = problemsOf({ env: { OUTRIGGER_METRICS_PORT: '9081' } });
    expect(problems).toEqual([expect.stringMatching(/^OUTRIGGER_METRICS_PORT: /)]);
  });

  it.each([
    '--port 8080 --host 10.0.0.1',
    '--port 7 --host 10.0.0.1 --metrics-port 7 --metrics-host 10.0.0.2',
    '--port 0 --metrics-port 0',
    '--component-port 8000 --component-grpc-port 8000',
    '--runtime-management-port 9081',
    '--enable-puller --runtime-management-port 9081 --runtime-api none',
    '--enable-puller --runtime-management-port 8080',
    '--drain-min-wait 5s --drain-max-wait 5s',
  ])('%s is none', (line) => {
    expect(problemsOf({ argv: argvOf(line) })).toEqual([]);
  });

  it("a runtime at the operator's default port keeps it: that port stays off, with a notice", () => {
    const config = readConfig({ argv: ['--component-port', '9089'], env: {} });
    expect(config.ops).toBeNull();
    expect(config.effective['metrics-port']).toBe(0);
    expect(config.notices).toEqual([expect.stringMatching(/^--metrics-port: .*off$/)]);
  });
});
