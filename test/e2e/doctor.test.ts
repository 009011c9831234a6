// Does `outrigger doctor` find what is wrong, say it to people and programs, and end with the exit code that it promises?
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { freePort, freePorts } from '../support/free-ports.ts';
import { servePages, tritonPages } from '../support/runtimes/paged-runtime.ts';
import { serveHttp } from '../support/runtimes/probed.ts';
import { AgentProcess } from './support/agent-process.ts';
import { builtProgram } from './support/built-program.ts';

let program: string;

beforeAll(async () => {
  program = await builtProgram();
});

interface Outcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(...args: readonly string[]): Promise<Outcome> {
  const agent = new AgentProcess({ program, args });
  onTestFinished(() => agent[Symbol.asyncDispose]());
  const { exitCode } = await agent.end();
  return { exitCode, stdout: agent.stdout, stderr: agent.stderr };
}

/** Ports that are free, and a runtime that is well. */
async function wellFlags(): Promise<string[]> {
  const [[port = 0, opsPort = 0], runtime] = [await freePorts(2), await servePages(tritonPages)];
  return ['--port', `${port}`, '--metrics-port', `${opsPort}`, '--component-port', `${runtime.port}`];
}

describe('outrigger doctor', () => {
  it('ends with 0 where nothing is wrong, and says what is there', async () => {
    const sink = await serveHttp((_, response) => response.end());
    const flags = [...(await wellFlags()), '--enable-batcher', '--log-url', `http://127.0.0.1:${sink.port}/`];
    const { exitCode, stdout, stderr } = await run('doctor', ...flags);
    expect([exitCode, stderr]).toEqual([0, '']);
    for (const group of ['Configuration', 'Machine', 'Ports', 'Runtime', 'Events']) expect(stdout).toContain(group);
    expect(stdout).toContain('triton 2.51.0');
    expect(stdout).toMatch(/no problem, \d+ warnings?\n$/);
    expect(stdout).not.toContain('\x1b'); // no terminal, no colours
  });

  it('ends with 1 where the runtime is down, and names the remedy', async () => {
    const flags = [...(await wellFlags()), '--component-port', `${await freePort()}`];
    const { exitCode, stdout } = await run('doctor', ...flags);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^ {2}problem {2}nothing listens at .*--component-port$/m);
  });

  it('ends with 64 where a flag is wrong, tells every problem, and looks at the rest all the same', async () => {
    const wrong = ['--max-batchsize', '0', '--log-level', 'loud'];
    const { exitCode, stdout } = await run('doctor', ...(await wellFlags()), ...wrong);
    expect(exitCode).toBe(64);
    for (const flag of ['--max-batchsize', '--log-level']) expect(stdout).toMatch(new RegExp(`problem {2}${flag}:`));
    expect(stdout).toContain('triton 2.51.0');
  });

  it('prints one JSON object for programs, without secrets', async () => {
    const sink = `http://user:geheim@127.0.0.1:${await freePort()}/in?token=geheim`;
    const { exitCode, stdout } = await run('doctor', ...(await wellFlags()), '--log-url', sink, '--json');
    const report = JSON.parse(stdout);
    expect([exitCode, report.exitCode, report.schemaVersion]).toEqual([1, 1, 1]);
    const problems = report.findings.filter(({ level }: { level: string }) => level === 'problem');
    expect(problems).toEqual([expect.objectContaining({ group: 'Events', remedy: expect.any(String) })]);
    expect(stdout).not.toContain('geheim');
  });
});

describe('outrigger help', () => {
  it.each([
    [['dev', '--help'], '--model <name=uri>'],
    [['--help', 'all'], '--probe-period'],
  ])('%j prints its page and ends with 0', async (args, said) => {
    const { exitCode, stdout, stderr } = await run(...args);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain(said);
  });

  it.each([
    [['dcotor'], 'did you mean doctor?'],
    [['help', 'bathcing'], 'did you mean batching?'],
  ])('%j is unknown: exit code 64, and what is near', async (args, said) => {
    const { exitCode, stderr } = await run(...args);
    expect(exitCode).toBe(64);
    expect(stderr).toContain(said);
  });
});
