// The operator's port as the agent opens it: one that is taken must not keep the traffic away.
import type { OpsConfig } from '../config/slices.ts';
import { listenOps, type OpsOptions, type OpsServer } from './server.ts';

/** Null: it is off, or could not be had, which the log says. In a pod all containers share their ports. */
export async function openOps(
  config: OpsConfig | null,
  parts: Omit<OpsOptions, keyof OpsConfig>,
): Promise<OpsServer | null> {
  if (config === null) return null;
  try {
    return await listenOps({ ...config, ...parts });
  } catch (err) {
    // What is wrong and what to do stands in the message: a stack would only hide it.
    parts.log.warn({}, `serving without the operator's port: ${err instanceof Error ? err.message : err}`);
    return null;
  }
}
