// Is this machine fit for the agent: version of Node, platform, open files, memory, clock?
import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import type { Config } from '../config/slices.ts';
import { planMaxConnections, readMaxOpenFiles } from '../server/open-files.ts';
import { showBytes } from '../show-bytes.ts';
import { type Check, type Finding, note, ok, problem, warning } from './finding.ts';

/** The first version that the program is built for (package.json: engines). */
const leastNode = [22, 19] as const;
/** What the agent takes by itself, with room for what is on its way. */
const ownBytes = 128 * 2 ** 20;
/** A clock before this was never set: signatures of stores and certificates are refused then. */
const leastTimeMs = Date.UTC(2025, 0, 1);

export interface Machine {
  readonly nodeVersion: string; // such as 24.21.0
  readonly platform: string;
  readonly maxOpenFiles: number | null; // null: unknown
  readonly memoryLimitBytes: number | null; // of the container; null: none
  readonly nowMs: number;
}

/** `config` null: it could not be read, and what depends on it is left out. */
export function machineCheck(config: Config | null): Check {
  return { group: 'Machine', subject: 'this machine', run: async () => judgeMachine(readMachine(), config) };
}

function readMachine(): Machine {
  return {
    nodeVersion: process.versions.node,
    platform: process.platform,
    maxOpenFiles: readMaxOpenFiles(),
    memoryLimitBytes: readMemoryLimit(),
    nowMs: Date.now(),
  };
}

export function judgeMachine(machine: Machine, config: Config | null): readonly Finding[] {
  const findings = [judgeNode(machine)];
  if (machine.nowMs < leastTimeMs) {
    const shown = new Date(machine.nowMs).toISOString();
    findings.push(
      problem(`the clock says ${shown}`, 'set it: stores refuse signatures, and certificates are not valid'),
    );
  }
  if (config === null) return findings;
  return [...findings, judgeOpenFiles(machine, config), judgeMemory(machine, config)];
}

function judgeNode({ nodeVersion, platform }: Machine): Finding {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  const [leastMajor, leastMinor] = leastNode;
  if (major < leastMajor || (major === leastMajor && minor < leastMinor)) {
    return problem(`Node ${nodeVersion} is too old`, `use ${leastNode.join('.')} or a later one`);
  }
  if (platform !== 'linux') return note(`Node ${nodeVersion} on ${platform}: good to try it, tested on Linux`);
  return ok(`Node ${nodeVersion} on ${platform}`);
}

function judgeOpenFiles({ maxOpenFiles }: Machine, { listener }: Config): Finding {
  if (maxOpenFiles === null) return note('how many files may be open is not known here');
  const possible = planMaxConnections(listener.maxConnections, maxOpenFiles);
  const limit = `${maxOpenFiles} files may be open`;
  if (possible >= listener.maxConnections) return ok(`${limit}, enough for ${listener.maxConnections} connections`);
  const text = `${limit}: only ${possible} of ${listener.maxConnections} connections are taken`;
  return warning(text, 'raise the limit (ulimit -n), or lower --max-connections');
}

/** All bounds full at once is what the limit must hold: the kernel gives no warning. */
function judgeMemory({ memoryLimitBytes }: Machine, config: Config): Finding {
  const bounds = memoryBounds(config);
  const needBytes = bounds.reduce((sum, { bytes }) => sum + bytes, 0);
  const parts = bounds.map(({ what, bytes }) => `${what} ${showBytes(bytes)}`).join(', ');
  const need = `full buffers are ${showBytes(needBytes)} (${parts})`;
  if (memoryLimitBytes === null) return ok(`no memory limit; ${need}`);
  const limit = `the memory limit is ${showBytes(memoryLimitBytes)}`;
  if (needBytes <= memoryLimitBytes) return ok(`${limit}; ${need}`);
  const flags = bounds.flatMap(({ flag }) => (flag === null ? [] : [flag]));
  const lower = flags.length === 0 ? '' : `, or lower ${flags.join(' and ')}`;
  return warning(`${limit}, but ${need}`, `raise the container's limit${lower}`);
}

function memoryBounds({ logger, batcher }: Config): { what: string; bytes: number; flag: string | null }[] {
  const bounds: { what: string; bytes: number; flag: string | null }[] = [
    { what: 'agent', bytes: ownBytes, flag: null },
  ];
  if (logger !== null) {
    const bytes = logger.queue.maxBytes * logger.sinks.length;
    bounds.push({ what: 'events', bytes, flag: '--log-queue-max-bytes' });
  }
  if (batcher !== null)
    bounds.push({ what: 'batches', bytes: batcher.maxWaitingBytes, flag: '--batcher-max-waiting-bytes' });
  return bounds;
}

const limitFiles = ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes'];

/** Of the control group (version 2, then 1); null: none, or more than the machine has. */
function readMemoryLimit(): number | null {
  for (const file of limitFiles) {
    try {
      const bytes = Number(readFileSync(file, 'latin1')); // "max": none
      return bytes > 0 && bytes < totalmem() ? bytes : null;
    } catch {
      // the other version
    }
  }
  return null;
}
