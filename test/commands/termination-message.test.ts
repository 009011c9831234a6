import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { explain } from '../../src/commands/explain.ts';
import { leaveTerminationMessage, renderTerminationMessage } from '../../src/commands/termination-message.ts';
import { ConfigError } from '../../src/config/config-error.ts';
import { OutriggerError } from '../../src/errors.ts';
import { seed } from '../support/seed.ts';

let dir: string;
let file: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'outrigger-termination-'));
  file = join(dir, 'termination-log');
});

afterEach(() => {
  delete process.env.TERMINATION_LOG_PATH;
  rmSync(dir, { recursive: true });
});

describe('the termination message', () => {
  it('has a line for each reason, without characters that would break it', () => {
    expect(renderTerminationMessage(['--port: expected\na port', ' second\u0000\u001b[31m '])).toBe(
      '--port: expected a port\nsecond [31m\n',
    );
  });

  it('of whatever reasons takes 4096 bytes at most, in whole characters, and counts what it leaves out', () => {
    const reason = fc.string({ unit: 'binary', minLength: 1, maxLength: 3000 });
    fc.assert(
      fc.property(fc.array(reason, { minLength: 1, maxLength: 40 }), (written) => {
        const reasons = written.map((text) => `x${text.toWellFormed().replaceAll('\uFFFD', '')}`);
        const message = renderTerminationMessage(reasons);
        expect(Buffer.byteLength(message)).toBeLessThanOrEqual(4096);
        expect(message).not.toContain('\uFFFD');
        const lines = message.slice(0, -1).split('\n');
        const [, more = '0'] = /^and (\d+) more$/.exec(lines.at(-1)!) ?? [];
        expect(lines.length - (more === '0' ? 0 : 1) + Number(more)).toBe(reasons.length);
      }),
      { seed, numRuns: 60 },
    );
  });

  it('of one reason that is too long is its beginning', () => {
    const message = renderTerminationMessage(['é'.repeat(4000)]);
    expect(message).toMatch(/^é+…\n$/);
    expect(Buffer.byteLength(message)).toBeGreaterThan(4090);
  });
});

describe('where it is left', () => {
  it('in the file that is there, in place of what was there', () => {
    writeFileSync(file, 'of a run before, and longer');
    leaveTerminationMessage(['why'], file);
    expect(readFileSync(file, 'utf8')).toBe('why\n');
  });

  it('nowhere, when there is no such file: none is made', () => {
    leaveTerminationMessage(['why'], file);
    expect(existsSync(file)).toBe(false);
  });

  it('nothing waits or fails for a pipe without a reader, a folder, or a file that may not be written', () => {
    execFileSync('mkfifo', [file]);
    leaveTerminationMessage(['why'], file);
    leaveTerminationMessage(['why'], dir);
    const locked = join(dir, 'locked');
    writeFileSync(locked, 'as it was');
    chmodSync(locked, 0o444);
    leaveTerminationMessage(['why'], locked);
    if (process.getuid?.() !== 0) expect(readFileSync(locked, 'utf8')).toBe('as it was');
  });

  it.each([
    [new ConfigError(['--port: expected a port', '--host: expected an address']), 64],
    [new OutriggerError('PORT_UNAVAILABLE', '--port: expected a port, got one that is in use'), 1],
    [new TypeError('undefined is not a function'), 1],
  ] as const)('every failure that is explained is there: %s', (error, exitCode) => {
    writeFileSync(file, '');
    process.env.TERMINATION_LOG_PATH = file;
    expect(explain(error)).toBe(exitCode);
    expect(readFileSync(file, 'utf8')).toBe(`${error.message}\n`);
  });
});
