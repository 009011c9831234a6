import { describe, expect, it } from 'vitest';
import { judgeMachine, type Machine } from '../../src/doctor/machine.ts';
import { testConfig } from '../support/test-agent.ts';

const fit: Machine = {
  nodeVersion: '24.21.0',
  platform: 'linux',
  maxOpenFiles: 1_048_576,
  memoryLimitBytes: null,
  nowMs: Date.UTC(2026, 5, 1),
};
const MiB = 2 ** 20;

function levelsOf(machine: Partial<Machine>, flags: readonly string[] = []) {
  return judgeMachine({ ...fit, ...machine }, testConfig(8080, flags)).map(({ level }) => level);
}

describe('a machine', () => {
  it('that is fit has nothing to be done', () => {
    expect(levelsOf({})).toEqual(['ok', 'ok', 'ok']);
  });

  it.each(['22.19.0', '22.20.1', '23.0.0', '26.1.0'])('with Node %s will do', (nodeVersion) => {
    expect(levelsOf({ nodeVersion })).not.toContain('problem');
  });

  it.each(['22.18.9', '20.19.0'])('with Node %s will not', (nodeVersion) => {
    expect(levelsOf({ nodeVersion })[0]).toBe('problem');
  });

  it('whose clock was never set is told so: signatures are refused then', () => {
    expect(levelsOf({ nowMs: 0 })).toContain('problem');
  });

  it('with few open files is warned of the connections that are not taken', () => {
    const findings = judgeMachine({ ...fit, maxOpenFiles: 1024 }, testConfig(8080));
    expect(findings[1]).toMatchObject({ level: 'warning', text: expect.stringContaining('only 492 of 10000') });
    expect(levelsOf({ maxOpenFiles: 1024 }, ['--max-connections', '400'])[1]).toBe('ok');
  });

  it('is warned where all buffers full are more than the container may have, and which flags lower them', () => {
    const flags = ['--log-url', 'http://127.0.0.1:1/a,http://127.0.0.1:1/b', '--log-queue-max-bytes', '64Mi'];
    expect(levelsOf({ memoryLimitBytes: 256 * MiB }, flags)[2]).toBe('ok');
    const [, , memory] = judgeMachine({ ...fit, memoryLimitBytes: 255 * MiB }, testConfig(8080, flags));
    expect(memory).toMatchObject({ level: 'warning', remedy: expect.stringContaining('--log-queue-max-bytes') });
    expect(memory?.text).toContain('events 128 MiB');
  });

  it('is examined without what the configuration would say, where that cannot be read', () => {
    expect(judgeMachine(fit, null).map(({ level }) => level)).toEqual(['ok']);
  });
});
