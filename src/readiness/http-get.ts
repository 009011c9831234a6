// An httpGet probe: ready when the runtime answers GET with 200-399, as kubelet and Knative's queue-proxy judge it.
import { request as requestHttp } from 'node:http';
import type { OutgoingHttpHeaders } from 'node:http2';
import type { ReadinessCheck } from '../config/slices.ts';
import { hostAndPort } from '../http/authority.ts';
import { type Attempt, type Probe, type ProbeResult, withinTime } from './attempt.ts';
import { describeFailure } from './failure.ts';
import { requestTarget } from './target.ts';

type HttpGetCheck = Extract<ReadinessCheck, { kind: 'httpGet' }>;

/** A number: the status of an answer, any answer. A string: why there was none. */
type HttpOutcome = number | string;

export const PROBE_USER_AGENT = 'kube-probe/outrigger';

/** Read after the status so that the runtime does not log a broken pipe at every probe; kubelet reads as much. */
const MAX_DRAINED_BYTES = 10 * 1024;

/** Fields that HTTP/2 does not allow (RFC 9113 8.2.2) or that this probe sets itself. */
const NOT_IN_HTTP2 = new Set(['connection', 'host', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);

/** With `http2AutoDetection` h2c is tried first, then HTTP/1.1; what was answered last is what is tried next. */
export function httpGetProbe(check: HttpGetCheck, http2AutoDetection: boolean): Probe {
  if (!http2AutoDetection || check.scheme === 'https') return async (attempt) => judge(await getHttp1(check, attempt));
  let spoken: 'h2c' | 'http1' | null = null;
  return async (attempt) => {
    if (spoken !== 'http1') {
      // Some HTTP/1.1 servers wait for more after the HTTP/2 preface: half of the time is left for asking them properly.
      const timeoutMs = spoken === 'h2c' ? attempt.timeoutMs : attempt.timeoutMs / 2;
      const outcome = await withinTime({ timeoutMs, signal: attempt.signal }, (part) => getH2c(check, part));
      const known = spoken === 'h2c';
      spoken = typeof outcome === 'number' ? 'h2c' : null;
      if (known || spoken === 'h2c') return judge(outcome);
    }
    const outcome = await getHttp1(check, attempt);
    spoken = typeof outcome === 'number' ? 'http1' : null;
    return judge(outcome);
  };
}

/** A redirect counts as ready where it stands: following it would probe something else. */
function judge(outcome: HttpOutcome): ProbeResult {
  if (typeof outcome === 'string') return outcome;
  return outcome >= 200 && outcome < 400 ? null : `status ${outcome}`;
}

/** What most probes do not need is loaded by those that do. */
async function getHttp1(check: HttpGetCheck, { signal }: Attempt): Promise<HttpOutcome> {
  const sendHttps = check.scheme === 'https' ? (await import('node:https')).request : null;
  return new Promise((resolve) => {
    let outcome: HttpOutcome = 'connection closed before an answer';
    const { host, port } = check;
    const options = { host, port, method: 'GET', path: requestTarget(check.path), headers: http1Fields(check) };
    // agent false: a connection of its own each time. Certificates are not checked, as kubelet does not.
    const request =
      sendHttps === null
        ? requestHttp({ ...options, agent: false })
        : sendHttps({ ...options, agent: false, rejectUnauthorized: false });
    const abort = () => request.destroy();
    signal.addEventListener('abort', abort, { once: true });
    request.once('response', (response) => {
      outcome = response.statusCode as number;
      let drainedBytes = 0;
      response.on('data', (chunk: Buffer) => {
        drainedBytes += chunk.length;
        if (drainedBytes > MAX_DRAINED_BYTES) request.destroy();
      });
    });
    request.on('error', (error) => {
      if (typeof outcome === 'string') outcome = describeFailure(error);
    });
    request.once('close', () => {
      signal.removeEventListener('abort', abort);
      resolve(outcome);
    });
    request.end();
  });
}

async function getH2c(check: HttpGetCheck, { signal }: Attempt): Promise<HttpOutcome> {
  const { exchangeH2c } = await import('./h2c.ts');
  const { host, port } = check;
  const { status } = await exchangeH2c({ host, port, headers: http2Fields(check), signal });
  return status;
}

/** Flat, so that names, order and duplicates go out as configured; Host, User-Agent and Accept only where none is given. */
function http1Fields({ host, port, headers }: HttpGetCheck): string[] {
  const given = new Set(headers.map(([name]) => name.toLowerCase()));
  const fields: string[] = [];
  if (!given.has('host')) fields.push('Host', hostAndPort(host, port));
  if (!given.has('user-agent')) fields.push('User-Agent', PROBE_USER_AGENT);
  if (!given.has('accept')) fields.push('Accept', '*/*');
  for (const [name, value] of headers) fields.push(name, value);
  if (!given.has('connection')) fields.push('Connection', 'close');
  return fields;
}

function http2Fields({ host, port, path, headers }: HttpGetCheck): OutgoingHttpHeaders {
  const authority = headers.find(([name]) => name.toLowerCase() === 'host')?.[1] ?? hostAndPort(host, port);
  const fields: OutgoingHttpHeaders = { ':method': 'GET', ':path': requestTarget(path), ':authority': authority };
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    if (NOT_IN_HTTP2.has(lower)) continue;
    const earlier = fields[lower];
    fields[lower] = earlier === undefined ? value : [earlier, value].flat().map(String);
  }
  fields['user-agent'] ??= PROBE_USER_AGENT;
  fields.accept ??= '*/*';
  return fields;
}
