// What tritonclient is told when it gives orders that are the agent's own (--own-models), or that nobody may give (--deny-apis).
import { runClient } from '../calls.ts';
import { expectSame } from '../stores/claims.ts';
import type { ModelPod } from './model-pod.ts';

const told: Readonly<Record<string, string>> = { REST: '403', gRPC: 'StatusCode.PERMISSION_DENIED' };

/** The orders that were refused as API_DENIED; all others have an answer, or a refusal, of Triton. */
export async function refusedOrders({ agentPort }: ModelPod): Promise<Readonly<Record<string, readonly string[]>>> {
  const reports = await runClient('triton_orders', { httpPort: agentPort, grpcPort: agentPort, direct: false });
  const orders = (protocol: string): string[] =>
    reports.flatMap(({ name, result, broken }) => {
      if (broken !== undefined) throw new Error(`${name}: ${broken}`);
      const { status } = result as { status?: string };
      return name.startsWith(protocol) && status === told[protocol] ? [name.slice(protocol.length + 1)] : [];
    });
  return { REST: orders('REST'), gRPC: orders('gRPC') };
}

export function expectRefused(found: Readonly<Record<string, readonly string[]>>, orders: readonly string[]): void {
  expectSame(found, { REST: orders, gRPC: orders });
}
