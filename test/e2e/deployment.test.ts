// Does the sidecar of deploy/kubernetes start as it is written there: as its user, with nothing but its volumes to write to?
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import {
  type Container,
  type Deployment,
  environmentOf,
  readYaml,
  sidecarOf,
  withLogging,
} from '../deploy/deployment.ts';
import { manifestPaths, readManifests } from '../deploy/manifests.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-ports.ts';
import { answering, rawRuntime } from '../support/raw-runtime.ts';
import { AgentProcess } from './support/agent-process.ts';
import { builtProgram } from './support/built-program.ts';
import { toolMissing } from './support/tool-missing.ts';

const plain = readYaml('deploy/kubernetes/base/deployment.yaml') as Deployment;
const variants = [
  ['base', plain],
  ['logging', withLogging(plain)],
] as const;

/** An empty folder for each path that is mounted, open to all as an emptyDir is; /mnt/configs with an empty list. */
function mountedFolders(paths: readonly string[]): ReadonlyMap<string, string> {
  const root = mkdtempSync(join(tmpdir(), 'outrigger-pod-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  chmodSync(root, 0o755);
  return new Map(
    paths.map((path) => {
      const folder = join(root, path.replaceAll('/', '-'));
      mkdirSync(folder);
      chmodSync(folder, 0o777);
      if (path === '/mnt/configs') writeFileSync(join(folder, 'models.json'), '[]');
      return [path, folder];
    }),
  );
}

/** A node that runs as the container's user; where this process cannot become another user, as its own. */
function nodeOfUser(): string {
  const node = process.env.OUTRIGGER_TEST_NODE ?? process.execPath;
  if (process.getuid?.() !== 0 || toolMissing('setpriv') !== null) return node;
  const folder = mkdtempSync(join(tmpdir(), 'outrigger-user-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const script = join(folder, 'node');
  const { runAsUser } = sidecarOf(plain).securityContext as { runAsUser: number };
  const identity = `--reuid=${runAsUser} --regid=${runAsUser} --clear-groups --no-new-privs --bounding-set=-all`;
  writeFileSync(script, `#!/bin/sh\nexec setpriv ${identity} -- ${node} "$@"\n`, { mode: 0o755 });
  return script;
}

/** Words of the container with its ports and paths exchanged for those of this machine. */
function translate(
  word: string,
  { ports, folders }: { ports: ReadonlyMap<string, number>; folders: ReadonlyMap<string, string> },
): string {
  const withPorts = word.replaceAll(/\b(8000|8001)\b/g, (port) => String(ports.get(port)));
  return [...folders].reduce((done, [path, folder]) => done.replaceAll(path, folder), withPorts);
}

async function probed(port: number, path: string): Promise<number | undefined> {
  const call = request({ host: '127.0.0.1', port, path, headers: { 'User-Agent': 'kube-probe/1.32' }, agent: false });
  const [answer] = await once(call.end(), 'response');
  await text(answer);
  return answer.statusCode;
}

const image = mkdtempSync(join(tmpdir(), 'outrigger-image-'));
const program = join(image, 'outrigger.cjs');

/** As /app of the image: readable for its user, writable for root alone. */
beforeAll(async () => {
  const built = await builtProgram();
  cpSync(dirname(built), image, { recursive: true });
  expect(basename(built)).toBe(basename(program));
  chmodSync(image, 0o755);
}, 120_000);
afterAll(() => rmSync(image, { recursive: true, force: true }));

it.for(variants)(
  'the sidecar of deploy/kubernetes, %s, starts, gets ready and stops',
  async ([variant, deployment]) => {
    const sidecar: Container = sidecarOf(deployment);
    const runtime = await rawRuntime(answering());
    const sink = await rawRuntime(answering());
    const ports = new Map(['8000', '8001'].map((port) => [port, runtime.port]));
    const folders = mountedFolders((sidecar.volumeMounts ?? []).map(({ mountPath }) => mountPath));
    const place = { ports, folders };
    const env = Object.fromEntries(
      Object.entries(environmentOf(sidecar)).map(([name, value]) => [
        name,
        translate(value.replace('http://event-sink/', `http://127.0.0.1:${sink.port}/`), place),
      ]),
    );
    const metricsPort = await freePort();
    const ours = ['--host', '127.0.0.1', '--port', '0', '--metrics-port', String(metricsPort)];
    const args = [...(sidecar.args ?? []).map((word) => translate(word, place)), ...ours];
    const agent = new AgentProcess({ program, node: nodeOfUser(), args, env: { ...env, NODE_COMPILE_CACHE: '' } });
    onTestFinished(() => agent[Symbol.asyncDispose]());

    const port = await agent.served();
    const { startupProbe, readinessProbe } = sidecar;
    expect(await probed(metricsPort, startupProbe?.httpGet.path as string)).toBe(200);
    await eventually('it is ready', async () => (await probed(port, readinessProbe?.httpGet.path as string)) === 200);
    expect((await fetch(`http://127.0.0.1:${port}/v2/models/digits`)).status).toBe(200);
    if (variant === 'logging') {
      await eventually('its event is there', () => /ce-inferenceservicename: triton/i.test(sink.received()));
    } else expect(sink.received()).toBe('');
    expect(agent.log.filter(({ level }) => level === 'warn' || level === 'error' || level === 'fatal')).toEqual([]);
    expect(agent.stdout + agent.stderr).not.toMatch(/\b(EACCES|EROFS|EPERM)\b/);
    agent.signal('SIGTERM');
    agent.signal('SIGTERM');
    expect(await agent.end()).toEqual({ exitCode: 0, signal: null });
  },
);

it('the storage initializer of deploy/kserve pulls what KServe appends to its command', async () => {
  const path = manifestPaths().find((name) => name.endsWith('clusterstoragecontainer.yaml')) as string;
  const command = readManifests(path)[0]?.document.spec?.container?.command as unknown as readonly string[];
  expect(command.slice(0, 2)).toEqual(['node', '/app/outrigger.cjs']); // as in the Dockerfile
  const folders = mountedFolders(['/mnt/models', '/source']);
  writeFileSync(join(folders.get('/source') as string, 'model.bin'), 'weights');
  const args = [...command.slice(2), `file://${folders.get('/source')}`, folders.get('/mnt/models') as string];
  const pull = new AgentProcess({
    program,
    node: nodeOfUser(),
    args,
    env: { NODE_COMPILE_CACHE: '' },
  });
  expect(await pull.end()).toEqual({ exitCode: 0, signal: null });
  expect(pull.stderr).not.toMatch(/\b(EACCES|EROFS|EPERM)\b/);
});
