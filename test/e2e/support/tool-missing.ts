// Which program that a test wants is not on this machine?
import { spawnSync } from 'node:child_process';

/** The first that cannot be started, or null. */
export function toolMissing(...tools: readonly string[]): string | null {
  return tools.find((tool) => spawnSync(tool, ['--version']).error !== undefined) ?? null;
}
