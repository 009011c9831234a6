// How long the client of a request is willing to wait, when it says so as gRPC clients do.

const unitMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 };
/** The longest timer of node. */
const longestMs = 2 ** 31 - 1;

/** Milliseconds of a `grpc-timeout` field (gRPC over HTTP/2: at most 8 digits and a unit); null: none, or none that can be read. */
export function readGrpcTimeout(value: string | undefined): number | null {
  const match = value === undefined ? null : /^(\d{1,8})([HMSmun])$/.exec(value);
  if (match === null) return null;
  return Math.min(longestMs, Number(match[1]) * (unitMs[match[2] as string] as number));
}
