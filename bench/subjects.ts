// What is measured and what it is measured against: each subject is a name and the command that starts it on a port.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Server } from './process.ts';
import type { Place, ServerSpec } from './rig.ts';
import { toolPath } from './tools.ts';

export const SUBJECT_CORE = 1;
export const LOAD_CORE = 0; // load generator, backend and harness
export const DEFAULT_AGENT = fileURLToPath(new URL('../dist/outrigger.cjs', import.meta.url));

export interface Subject {
  readonly name: string;
  readonly isReference: boolean;
  spec(backend: Pick<Server, 'port'> | null): ServerSpec;
}

/** @param script the built agent, or a stand-in that takes the same flags. @throws Error when it is not built. */
export function agent(script: string): Subject {
  if (!existsSync(script)) throw new Error(`${script} is missing: run \`npm run build\`, or name another with --agent`);
  return {
    name: script === DEFAULT_AGENT ? 'outrigger' : `outrigger (${script})`,
    isReference: false,
    spec: (backend) => ({
      core: SUBJECT_CORE,
      command: (place) => [process.execPath, script, ...agentFlags(place, backend)],
    }),
  };
}

/** The agent with more flags and a name that says which. */
export function agentWith(script: string, name: string, flags: readonly string[], isReference = false): Subject {
  const plain = agent(script);
  return {
    name: `${plain.name}, ${name}`,
    isReference,
    spec: (backend) => {
      const { core, command } = plain.spec(backend);
      return { core, command: (place) => [...command(place), ...flags] };
    },
  };
}

/** By node:http, undici and node:http2 alone. */
export function agentWithoutLanes(script: string): Subject {
  return withoutLanes(agent(script));
}

/** An agent as it is, but for its lanes; never the reference. */
export function withoutLanes(subject: Subject): Subject {
  return {
    name: `${subject.name}, --lanes off`,
    isReference: false,
    spec: (backend) => {
      const { core, command } = subject.spec(backend);
      return { core, command: (place) => [...command(place), '--lanes', 'off'] };
    },
  };
}

/** Lanes whose accepted connections are read by public events, as where the swap does not work. */
export function agentWithoutSwap(script: string): Subject {
  const plain = agent(script);
  const preload = ['--require', fileURLToPath(new URL('./no-swap.cjs', import.meta.url))];
  return {
    ...plain,
    name: `${plain.name}, no swap`,
    spec: (backend) => ({
      core: SUBJECT_CORE,
      command: (place) => [process.execPath, ...preload, script, ...agentFlags(place, backend)],
    }),
  };
}

/** Every capability on, as S11 asks; the sink is the backend, and nothing is in the models' list. */
export function agentWithEverythingOn(script: string): Subject {
  const plain = agent(script);
  return {
    ...plain,
    spec: (backend) => ({
      core: SUBJECT_CORE,
      command: (place) => {
        const [config, models] = [join(place.folder, 'config'), join(place.folder, 'models')];
        for (const each of [config, models]) mkdirSync(each, { recursive: true });
        writeFileSync(join(config, 'models.json'), '[]');
        const puller = ['--enable-puller', '--config-dir', config, '--model-dir', models];
        const logger = ['--log-url', `http://127.0.0.1:${backend?.port}/`];
        const flags = [...agentFlags(place, backend), ...puller, ...logger, '--enable-batcher'];
        return [process.execPath, script, ...flags];
      },
    }),
  };
}

/** A bare node:http server, one CJS file, same Node binary. */
export const bareNode: Subject = {
  name: 'bare node:http',
  isReference: true,
  spec: () => ({
    core: SUBJECT_CORE,
    command: ({ port }) => nodeServer(new URL('./backends/bare-server.cjs', import.meta.url))(port),
  }),
};

export const nghttpx: Subject = {
  name: 'nghttpx',
  isReference: true,
  spec: (backend) => ({
    core: SUBJECT_CORE,
    command: ({ port, folder }) => {
      const ends = [`--frontend=127.0.0.1,${port};no-tls`, `--backend=127.0.0.1,${backend?.port};;proto=h2`];
      const quiet = ['--conf=/dev/null', '--accesslog-file=/dev/null', `--errorlog-file=${join(folder, 'error.log')}`];
      return [toolPath('nghttpx'), '--workers=1', '--single-process', ...ends, ...quiet];
    },
  }),
};

/** The operator's port is on, as it is by default: counting is part of the price. */
function agentFlags({ port, operatorPort }: Place, backend: Pick<Server, 'port'> | null): string[] {
  const componentPort = backend?.port ?? operatorPort + 1;
  const loopback = ['--host', '127.0.0.1', '--metrics-host', '127.0.0.1'];
  return [...loopback, '--port', port, '--component-port', componentPort, '--metrics-port', operatorPort].map(String);
}

function nodeServer(file: URL): (port: number) => [string, ...string[]] {
  return (port) => [process.execPath, fileURLToPath(file), String(port)];
}
