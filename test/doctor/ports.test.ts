import { describe, expect, it } from 'vitest';
import { portChecks } from '../../src/doctor/ports.ts';
import { runChecks } from '../../src/doctor/run-checks.ts';
import { freePort } from '../support/free-ports.ts';
import { serveHttp, serveSilence } from '../support/runtimes/probed.ts';
import { testConfig } from '../support/test-agent.ts';

async function check(port: number, opsPort: number) {
  const flags = ['--port', String(port), '--metrics-port', String(opsPort)];
  const groups = await runChecks(portChecks(testConfig(1, flags)), { deadlineMs: 10_000 });
  return groups.flatMap(({ findings }) => findings);
}

describe('a port of the agent', () => {
  it('that is free is well, and free again afterwards', async () => {
    const [port, opsPort] = [await freePort(), await freePort()];
    expect((await check(port, opsPort)).map(({ level }) => level)).toEqual(['ok', 'ok']);
    expect((await check(port, opsPort)).map(({ level }) => level)).toEqual(['ok', 'ok']);
  });

  it('that somebody else has is a problem with the flag', async () => {
    const { port } = await serveHttp((_, response) => response.end('{"version":"of something else"}'));
    const [own, ops] = await check(port, port === 1 ? 2 : await freePort());
    expect(own).toMatchObject({ level: 'problem', remedy: expect.stringContaining('--port') });
    expect(ops).toMatchObject({ level: 'ok' });
    const [, taken] = await check(await freePort(), port);
    expect(taken).toMatchObject({ level: 'problem', remedy: expect.stringContaining('--metrics-port') });
  });

  it('that somebody has who says nothing is taken, too', async () => {
    const { port } = await serveSilence();
    const checks = portChecks(testConfig(1, ['--port', '0', '--metrics-port', String(port)]), 100);
    const [, ops] = (await runChecks(checks, { deadlineMs: 10_000 })).flatMap(({ findings }) => findings);
    expect(ops).toMatchObject({ level: 'problem', remedy: expect.stringContaining('--metrics-port') });
  });

  it('that an Outrigger has which runs here is no problem', async () => {
    const status = { version: '9.8.7', ready: true, startedAt: new Date().toISOString() };
    const { port } = await serveHttp((_, response) => response.end(JSON.stringify(status)));
    const [, ops] = await check(await freePort(), port);
    expect(ops).toMatchObject({ level: 'note', text: expect.stringContaining('9.8.7') });
  });

  it('at an address that this machine has not is a problem', async () => {
    const config = testConfig(1, ['--host', '203.0.113.7', '--port', String(await freePort())]);
    const [examined] = await runChecks(portChecks(config), { deadlineMs: 10_000 });
    expect(examined?.findings[0]).toMatchObject({ level: 'problem', remedy: expect.stringContaining('--host') });
  });
});
