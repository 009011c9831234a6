// Which exchanges are logged, and which of their answers.
import { crc32 } from 'node:zlib';
import type { LogSelection } from '../config/slices.ts';
import type { ProxyRequest } from '../http/exchange.ts';
import type { HeaderBlock } from '../http/header-block.ts';
import type { SkipReason } from '../log-metrics.ts';
import { combineFields } from './event/header-text.ts';

/** `log`, or why not. */
type Verdict = 'log' | Exclude<SkipReason, 'fault'>;

export interface Selection {
  /** Once an exchange. `idOf` is called only when the id decides. */
  ofRequest(request: Pick<ProxyRequest, 'headers'>, idOf: () => string): Verdict;
  /**
   * 200 alone, as KServe's agent, but for --log-all-responses; a gRPC answer must have status 0, too. `grpcStatus` null: no gRPC, or
   * the status did not come (yet): an answer that breaks off is logged as far as it came, gRPC or not.
   */
  wantsResponse(status: number, grpcStatus: string | null): boolean;
}

/** `random`: from 0 to below 1. */
export function openSelection(config: LogSelection, random: () => number): Selection {
  const { mode, allResponses } = config;
  const optOutHeader = config.optOutHeader?.toLowerCase() ?? null;
  return {
    ofRequest({ headers }, idOf) {
      if (isProbe(headers)) return 'probe';
      if (optOutHeader !== null && isOptedOut(headers, optOutHeader)) return 'opted_out';
      return isInSample(config, random, idOf) ? 'log' : 'sampled_out';
    },
    wantsResponse(status, grpcStatus) {
      if (mode === 'request') return false;
      return allResponses || (status === 200 && (grpcStatus === null || grpcStatus === '0'));
    },
  };
}

/** Of kubelet or Knative, whatever it asks for (knative.dev/pkg/network.IsKubeletProbe): those that a runtime is passed, too. */
function isProbe(headers: HeaderBlock): boolean {
  const userAgent = headers.get('user-agent');
  if (userAgent?.startsWith('kube-probe/') || userAgent?.startsWith('Knative-Activator-Probe')) return true;
  return isFilled(headers.get('k-network-probe')) || isFilled(headers.get('k-kubelet-probe'));
}

function isFilled(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

/** Several fields of that name: one that says yes is enough. */
function isOptedOut(headers: HeaderBlock, name: string): boolean {
  const values = combineFields(headers, name)?.split(',') ?? [];
  return values.some((value) => !refusals.has(value.trim().toLowerCase()));
}

const refusals: ReadonlySet<string> = new Set(['', '0', 'false']);

/** By the id: every replica, and every agent on the exchange's way, decides alike: CRC-32 of its UTF-8, divided by 2^32. */
function isInSample({ sampleRate, sampleBy }: LogSelection, random: () => number, idOf: () => string): boolean {
  if (sampleRate >= 1) return true;
  if (sampleRate <= 0) return false;
  return (sampleBy === 'id' ? crc32(idOf()) / 2 ** 32 : random()) < sampleRate;
}
