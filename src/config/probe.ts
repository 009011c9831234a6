// SERVING_READINESS_PROBE: JSON of a Kubernetes Probe, or of an array of them, to the checks that say the runtime is ready.
import * as v from 'valibot';
import { type ProbeShape, probeShape } from './probe-shape.ts';
import type { ReadinessCheck, ReadinessProbe } from './slices.ts';

/** Where the runtime listens, for what a probe leaves open. */
export interface RuntimePorts {
  readonly port: number;
  readonly grpcPort: number;
}

export interface ProbeReading {
  /** Never empty: the runtime's port must answer when the variable asks for nothing that can be done from here. */
  readonly probes: readonly ReadinessProbe[];
  readonly notices: readonly string[];
  /** The operator wrote the probe and sees the pod fail: guessing would call a runtime ready that is not. */
  readonly problems: readonly string[];
}

interface Context extends RuntimePorts {
  readonly notice: (text: string) => void;
}

const VARIABLE = 'SERVING_READINESS_PROBE';
const LOCAL_HOST = '127.0.0.1'; // kubelet's default is the pod's address; the containers of a pod share one network

/** An array is taken with and without ENABLE_MULTI_CONTAINER_PROBES: the JSON shows by itself which one it is. */
export function readProbes(text: string | undefined, ports: RuntimePorts): ProbeReading {
  const written = parseJson(text?.trim() || 'null');
  const notices: string[] = [];
  const problems: string[] = [];
  const probes: ReadinessProbe[] = [];
  if (written === undefined)
    problems.push(`${VARIABLE}: expected a Kubernetes probe as JSON, got a text that is no JSON`);
  for (const [index, one] of (Array.isArray(written) ? written : [written]).entries()) {
    const name = Array.isArray(written) ? `${VARIABLE}[${index}]` : VARIABLE;
    const parsed = v.safeParse(v.nullish(probeShape), one);
    const notice = (said: string) => notices.push(`${name}: ${said}`);
    if (!parsed.success) problems.push(...parsed.issues.map((issue) => `${name}: ${describe(issue)}`));
    else if (parsed.output) probes.push(translate(parsed.output, { ...ports, notice }));
  }
  if (probes.length === 0) probes.push(portAnswers(ports.port));
  notices.push(...portNotices(probes, ports));
  return { probes, notices, problems };
}

/** Undefined: not JSON. The parser's own message quotes the text, whose headers may be secrets. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `httpGet.port: expected ..., got 70000`; texts are not quoted, they may be secrets. */
function describe(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  const given = issue.input;
  const got = typeof given === 'number' || given === null || given === undefined ? String(given) : `a ${typeof given}`;
  return `${path === null ? '' : `${path}: `}expected ${issue.message}, got ${got}`;
}

/** With no probe at all: Kubernetes' own defaults, one attempt for each question. */
function portAnswers(port: number): ReadinessProbe {
  return {
    check: { kind: 'tcpSocket', host: LOCAL_HOST, port },
    timeoutMs: 1_000,
    periodMs: 10_000,
    successThreshold: 1,
  };
}

/** As Go reads it: what is missing is 0, so a probe without periodSeconds (Knative's own) is an aggressive one. */
function translate(shape: ProbeShape, context: Context): ReadinessProbe {
  return {
    check: checkOf(shape, context),
    timeoutMs: shape.timeoutSeconds > 0 ? shape.timeoutSeconds * 1_000 : 1_000,
    periodMs: Math.max(0, shape.periodSeconds) * 1_000,
    successThreshold: Math.max(1, shape.successThreshold),
  };
}

function checkOf({ httpGet, tcpSocket, grpc, exec }: ProbeShape, context: Context): ReadinessCheck {
  if (httpGet) {
    return {
      kind: 'httpGet',
      host: hostOf(httpGet.host),
      port: portOf(httpGet.port, context),
      path: targetOf(httpGet.path),
      scheme: httpGet.scheme.toLowerCase() === 'https' ? 'https' : 'http',
      headers: httpGet.httpHeaders.map(({ name, value }) => [name, value] as const),
    };
  }
  if (tcpSocket) return { kind: 'tcpSocket', host: hostOf(tcpSocket.host), port: portOf(tcpSocket.port, context) };
  if (grpc) {
    const port = portOf(grpc.port, { ...context, port: context.grpcPort });
    return { kind: 'grpc', host: LOCAL_HOST, port, service: grpc.service };
  }
  if (exec) context.notice("exec cannot be run from another container: ready when the runtime's port answers");
  return { kind: 'tcpSocket', host: LOCAL_HOST, port: context.port };
}

/** As kubelet sends it (Go's net/url): begins with a slash, no fragment, what no request target may hold is escaped. */
function targetOf(path: string): string {
  const escaped = path
    .replace(/#.*/s, '')
    .toWellFormed()
    .replace(/[^\x21-\x7e]/gu, encodeURIComponent);
  return escaped.startsWith('/') ? escaped : `/${escaped}`;
}

function hostOf(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1') || LOCAL_HOST;
}

/** Names belong to the other container's manifest, which nobody shows to the agent. */
function portOf(port: number | string, context: Context): number {
  if (typeof port === 'number') return port === 0 ? context.port : port;
  if (port !== '')
    context.notice(`port "${port}" is a name, which cannot be looked up; --component-port is asked instead`);
  return context.port;
}

/** The probe is obeyed as given; but when none of them asks the runtime's port, somebody may have mistaken it. */
function portNotices(probes: readonly ReadinessProbe[], { port, grpcPort }: RuntimePorts): string[] {
  const asked = [...new Set(probes.map((probe) => probe.check.port))];
  if (asked.includes(port) || asked.includes(grpcPort)) return [];
  const ports = asked.join(', ');
  return [
    `${VARIABLE} asks port ${ports}, but --component-port is ${port}: obeyed as given, /readyz names port ${ports} when it fails`,
  ];
}
