// Is a sink's certificate trusted, and for how long? And what is to be done where it is not.
import { type Finding, ok, problem, warning } from './finding.ts';

export interface MetCertificate {
  /** Why it is not trusted, as node:tls says it; null: it is. */
  readonly refusal: Error | string | null;
  /** Its last day, as the certificate says it; null: not told. */
  readonly validTo: string | null;
  readonly nowMs: number;
}

const soonMs = 14 * 24 * 3_600_000;

const ownAuthority = 'name its authority by --logger-ca-cert-file (PEM; KServe mounts it below /etc/tls/logger)';
const remedies: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: `it is signed by itself: ${ownAuthority}`,
  SELF_SIGNED_CERT_IN_CHAIN: ownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `${ownAuthority}, or let the sink send the whole chain`,
  UNABLE_TO_GET_ISSUER_CERT: ownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ownAuthority,
  CERT_HAS_EXPIRED: 'renew it at the sink',
  CERT_NOT_YET_VALID: 'is the clock here right?',
  ERR_TLS_CERT_ALTNAME_INVALID: 'write a host into --log-url that the certificate names, or renew it with this one',
};

export function judgeCertificate(
  { refusal, validTo, nowMs }: MetCertificate,
  { what, skipVerify }: { readonly what: string; readonly skipVerify: boolean },
): Finding {
  if (refusal !== null) {
    const code = typeof refusal === 'string' ? refusal : ((refusal as NodeJS.ErrnoException).code ?? refusal.message);
    const text = `${what}: its certificate is not trusted (${code})`;
    if (skipVerify)
      return warning(`${text}, and --logger-tls-skip-verify takes it nevertheless`, remedies[code] ?? null);
    return problem(text, remedies[code] ?? ownAuthority);
  }
  const leftMs = validTo === null ? Number.POSITIVE_INFINITY : Date.parse(validTo) - nowMs;
  if (leftMs < soonMs) return warning(`${what}: its certificate ends on ${validTo}`, 'renew it at the sink');
  if (skipVerify) return warning(`${what}: its certificate is trusted`, 'take --logger-tls-skip-verify away');
  return ok(`${what}: it takes connections, and its certificate is trusted; no event was sent`);
}
