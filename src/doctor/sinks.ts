// Can the sinks of events be reached? Connections are opened and closed again: no event is sent.
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import type { TLSSocket } from 'node:tls';
import type { LoggerConfig, SinkConfig } from '../config/slices.ts';
import { hostAndPort } from '../http/authority.ts';
import type { Log } from '../log.ts';
import { openSinkSocket } from '../logger/sink/sink-socket.ts';
import { readSinkTarget, type SinkTarget } from '../logger/sink/sink-target.ts';
import { SinkTrust } from '../logger/sink/sink-tls.ts';
import { judgeCertificate } from './certificate.ts';
import { type Check, type Finding, note, ok, problem } from './finding.ts';
import { checkStore } from './store.ts';

const group = 'Events';

export function sinkChecks(logger: LoggerConfig): readonly Check[] {
  const letters = logger.deadLetters;
  const sinks: readonly SinkConfig[] =
    letters?.kind === 'sink' ? [...logger.sinks, { ...letters, kind: 'http' }] : logger.sinks;
  const checks: Check[] = sinks.map((sink) => ({
    group,
    subject: `sink ${sink.label}`,
    run: (signal) => (sink.kind === 'store' ? checkBucket(sink, logger, signal) : checkSink(sink, logger, signal)),
  }));
  const { bearerTokenFile: file } = logger.delivery;
  return file === null ? checks : [...checks, { group, subject: file, run: () => checkTokenFile(file) }];
}

async function checkBucket(sink: SinkConfig, { blob }: LoggerConfig, signal: AbortSignal): Promise<readonly Finding[]> {
  if (blob === null) return [];
  const what = `sink ${sink.label}`;
  const question = { uri: sink.url, shown: sink.label, storage: blob.storage, signal };
  const finding = await checkStore(question, { what, empty: () => ok(`${what}: its store can be listed`) });
  return [finding, ...(finding.level === 'ok' ? [note(`${what}: whether it may be written is not tried`)] : [])];
}

async function checkSink({ url, label }: SinkConfig, { delivery }: LoggerConfig, signal: AbortSignal) {
  const target = readSinkTarget(url);
  const what = `sink ${label}`;
  const unresolved = await resolveHost(target.host);
  if (unresolved !== null)
    return [problem(`${what}: ${unresolved}`, 'check the host in --log-url, and /etc/resolv.conf')];
  const complaints: Finding[] = [];
  const trust = target.secure ? new SinkTrust({ tls: delivery.tls, log: logInto(complaints, what) }) : null;
  if (complaints.length > 0 && trust !== null && !isUsable(trust)) return complaints;
  try {
    const met = await meet({ target, trust, signal });
    if (met === null) return [ok(`${what}: it takes connections; no event was sent`)];
    return [...complaints, judgeCertificate(met, { what, skipVerify: delivery.tls.skipVerify })];
  } catch (error) {
    return [...complaints, judgeUnreachable(error as NodeJS.ErrnoException, { what, target })];
  }
}

/** Null: it resolves. */
async function resolveHost(host: string): Promise<string | null> {
  try {
    await lookup(host);
    return null;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    return code === 'EAI_AGAIN' ? `the name service does not answer for ${host}` : `there is no host ${host}`;
  }
}

function isUsable(trust: SinkTrust): boolean {
  try {
    trust.context();
    return true;
  } catch {
    return false;
  }
}

interface Meeting {
  readonly target: SinkTarget;
  readonly trust: SinkTrust | null;
  readonly signal: AbortSignal;
}

/** What its certificate is, whether or not it is trusted; null: without TLS. @throws the socket's error */
async function meet({ target, trust, signal }: Meeting) {
  const secureContext = trust?.context() ?? null;
  const { socket, readyEvent } = openSinkSocket({ target, secureContext, skipVerify: true, onBytes: () => undefined });
  try {
    await once(socket, readyEvent, { signal });
    if (secureContext === null) return null;
    const { authorizationError: refusal = null } = socket as { authorizationError?: Error | string | null };
    const validTo = (socket as TLSSocket).getPeerCertificate().valid_to ?? null;
    return { refusal, validTo, nowMs: Date.now() };
  } finally {
    socket.destroy();
  }
}

function judgeUnreachable(
  error: NodeJS.ErrnoException,
  { what, target }: { readonly what: string; readonly target: SinkTarget },
): Finding {
  const place = hostAndPort(target.host, target.port);
  const { code = '', message } = error;
  if (code === 'ECONNREFUSED') return problem(`${what}: nothing listens at ${place}`, 'start it, or correct --log-url');
  if (code === 'EPROTO' || /wrong version number|packet length/i.test(message)) {
    return problem(`${what}: ${place} speaks no TLS`, 'write http:// in --log-url, or give the sink a certificate');
  }
  return problem(`${what}: no connection to ${place}: ${message}`, 'is a network policy or a firewall between?');
}

function logInto(findings: Finding[], what: string): Log {
  const say = (fields: object, message: string): void => {
    const reason: unknown = Object.getOwnPropertyDescriptor(fields, 'reason')?.value;
    const why = typeof reason === 'string' ? `: ${reason}` : '';
    findings.push(
      problem(`${what}: ${message}${why}`, 'check --logger-ca-cert-file and the files of the client certificate'),
    );
  };
  return { debug: () => undefined, info: () => undefined, warn: say, error: say };
}

async function checkTokenFile(file: string): Promise<readonly Finding[]> {
  try {
    await access(file);
    return [ok(`the token for sinks, ${file}, can be read`)];
  } catch {
    return [problem(`the token for sinks, ${file}, cannot be read`, 'mount it, or correct --log-bearer-token-file')];
  }
}
