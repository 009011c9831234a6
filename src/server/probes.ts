// Is this request a probe of kubelet or Knative, and what is it answered? Asked before anything else, on every path.
import { FlatHeaderBlock, type HeaderBlock } from '../http/header-block.ts';
import type { ProbeKind } from '../metrics.ts';

interface ProbeFacts {
  readonly method: string;
  readonly userAgent: string | undefined;
  readonly networkProbe: string | undefined; // K-Network-Probe
}

export interface ProbeQuestion extends ProbeFacts {
  readonly networkHash: string | undefined; // K-Network-Hash
  readonly draining: boolean;
}

interface PlannedAnswer {
  readonly kind: 'answer';
  readonly probe: ProbeKind;
  readonly status: number;
  readonly headers: readonly string[]; // flat: name, value, …
  readonly body: string;
}

export type ProbePlan =
  | { readonly kind: 'pass' }
  | { readonly kind: 'readiness'; readonly probe: ProbeKind } // answered by the runtime's readiness: 200 `queue` or 503
  | PlannedAnswer;

/** What the server writes; it has the shape of a ProxyResponse. Content-Length is set; HEAD gets no body. */
export interface ProbeAnswer {
  readonly status: number;
  readonly headers: HeaderBlock;
  readonly body: Uint8Array;
  readonly trailers: null;
}

export interface Probes {
  /** null: ordinary traffic, told at once and at no cost worth naming. The promise never rejects. */
  answer(
    request: ProbeFacts & { readonly headers: Pick<HeaderBlock, 'get'> },
  ): null | ProbeAnswer | Promise<ProbeAnswer>;
}

export interface ProbesOptions {
  readonly readiness: { check(): Promise<{ readonly ready: boolean }> };
  readonly draining: () => boolean;
  readonly countProbe?: (kind: ProbeKind) => void;
}

export function openProbes({ readiness, draining, countProbe }: ProbesOptions): Probes {
  return {
    answer(request) {
      if (request.networkProbe === undefined && !isHealthChecker(request.userAgent)) return null;
      const { method, userAgent, networkProbe } = request;
      const networkHash = request.headers.get('k-network-hash');
      const plan = planProbeAnswer({ method, userAgent, networkProbe, networkHash, draining: draining() });
      if (plan.kind === 'pass') return null;
      countProbe?.(plan.probe);
      if (plan.kind === 'answer') return toAnswer(plan, method);
      return readiness.check().then(({ ready }) => {
        if (draining()) return toAnswer(shuttingDown(plan.probe), method); // a run takes up to 10 s: SIGTERM may have come
        return toAnswer(ready ? readyAnswer(plan.probe) : notReadyAnswer(plan.probe), method);
      });
    },
  };
}

/** The order of Knative's drainer (knative/pkg network/handlers/drain.go): health checkers first, then the network probe. */
export function planProbeAnswer({ method, userAgent, networkProbe, networkHash, draining }: ProbeQuestion): ProbePlan {
  if (isHealthChecker(userAgent)) {
    // Anybody may send such a User-Agent: an inference request that does must not get an empty 200.
    if (method !== 'GET' && method !== 'HEAD') return { kind: 'pass' };
    const probe = networkProbe === undefined || networkProbe === '' ? 'kubelet' : 'queue';
    if (draining) return shuttingDown(probe);
    if (probe === 'kubelet' || networkProbe === 'queue') return { kind: 'readiness', probe };
    return textError({
      probe,
      status: 400,
      text: `unexpected probe header value: ${quotable(networkProbe as string)}`,
    });
  }
  if (networkProbe !== 'probe') return { kind: 'pass' };
  if (draining) return shuttingDown('network');
  if (networkHash === undefined || networkHash === '' || quotable(networkHash) !== networkHash) {
    const text = 'a network probe must carry a non-empty K-Network-Hash header';
    return textError({ probe: 'network', status: 400, text });
  }
  return { kind: 'answer', probe: 'network', status: 200, headers: ['K-Network-Hash', networkHash], body: '' };
}

/** Whether a User-Agent is kubelet's or the Knative activator's. */
export function isHealthChecker(userAgent: string | undefined): boolean {
  return (
    userAgent !== undefined && (userAgent.startsWith('kube-probe/') || userAgent.startsWith('Knative-Activator-Probe'))
  );
}

const TEXT = ['Content-Type', 'text/plain; charset=utf-8'];

function readyAnswer(probe: ProbeKind): PlannedAnswer {
  return { kind: 'answer', probe, status: 200, headers: TEXT, body: 'queue' };
}

function notReadyAnswer(probe: ProbeKind): PlannedAnswer {
  return { kind: 'answer', probe, status: 503, headers: [], body: '' };
}

function shuttingDown(probe: ProbeKind): PlannedAnswer {
  return textError({ probe, status: 503, text: 'shutting down' });
}

/** As Go's http.Error writes it, newline included. */
function textError({ probe, status, text }: { probe: ProbeKind; status: number; text: string }): PlannedAnswer {
  return { kind: 'answer', probe, status, headers: [...TEXT, 'X-Content-Type-Options', 'nosniff'], body: `${text}\n` };
}

/** A client's value as it may be shown again: printable ASCII, 256 bytes at the most. */
function quotable(value: string): string {
  return value.slice(0, 256).replace(/[^\x20-\x7e]/g, '?');
}

const NO_BODY = new Uint8Array(0);

function toAnswer({ status, headers, body }: PlannedAnswer, method: string): ProbeAnswer {
  const bytes = Buffer.from(body);
  const fields = new FlatHeaderBlock([...headers, 'Content-Length', String(bytes.length)]);
  return { status, headers: fields, body: method === 'HEAD' ? NO_BODY : bytes, trailers: null };
}
