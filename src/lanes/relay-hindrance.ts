// What keeps gRPC off the frame relay: every option for which a stage has to look into calls, or to count their bytes.
import type { Config } from '../config/slices.ts';

/** The option's name, as an operator knows it; null: nothing. */
export function relayHindrance(config: Config): string | null {
  const hindrances: readonly (readonly [name: string, hinders: boolean])[] = [
    ['payload logging', config.logger !== null],
    ['--container-concurrency', config.concurrency !== null],
    ['models.json', config.puller !== null],
    ['--deny-apis', config.denyApis.length > 0],
    ['--grpc-forwarding', config.lanes?.grpcForwarding === true],
    ['--max-body-bytes', config.listener.maxBodyBytes !== null],
    ['--upstream-request-timeout', config.upstream.requestTimeoutMs !== null],
  ];
  return hindrances.find(([, hinders]) => hinders)?.[0] ?? null;
}
