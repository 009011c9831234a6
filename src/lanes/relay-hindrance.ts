// What keeps gRPC off the frame relay: every option for which a stage has to look into calls, or to count their bytes.
import type { Config } from '../config/slices.ts';

/** By the names that an operator knows. */
export const hindrances: readonly (readonly [name: string, hinders: (config: Config) => boolean])[] = [
  ['payload logging', ({ logger }) => logger !== null],
  ['--container-concurrency', ({ concurrency }) => concurrency !== null],
  ['models.json', ({ puller }) => puller !== null],
  ['--deny-apis', ({ denyApis }) => denyApis.length > 0],
  ['--grpc-forwarding', ({ lanes }) => lanes?.grpcForwarding === true],
  ['--max-body-bytes', ({ listener }) => listener.maxBodyBytes !== null],
  ['--upstream-request-timeout', ({ upstream }) => upstream.requestTimeoutMs !== null],
];

/** The first that applies; null: nothing. */
export function relayHindrance(config: Config): string | null {
  return hindrances.find(([, hinders]) => hinders(config))?.[0] ?? null;
}
