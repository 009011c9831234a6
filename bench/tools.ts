// Which programs a scenario needs, and the Debian package of each one that is missing.

import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

const DEBIAN_PACKAGE = {
  wrk: 'wrk',
  nginx: 'nginx-light',
  h2load: 'nghttp2-client',
  nghttpx: 'nghttp2-proxy',
  taskset: 'util-linux',
} as const satisfies Record<string, string>;

export type Tool = keyof typeof DEBIAN_PACKAGE;

/** @throws Error that names every missing program and one command that installs them all. */
export function requireTools(tools: readonly Tool[]): void {
  const missing = [...new Set(tools)].filter((tool) => find(tool) === null);
  if (missing.length === 0) return;
  const packages = missing.map((tool) => DEBIAN_PACKAGE[tool]).join(' ');
  throw new Error(`not installed: ${missing.join(', ')}. On Debian: apt-get install -y ${packages}`);
}

/** Absolute path; also looks where Debian puts servers, which is not on everybody's PATH. @throws Error when missing. */
export function toolPath(tool: Tool): string {
  requireTools([tool]);
  return find(tool)!;
}

function find(tool: Tool): string | null {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'].filter(Boolean);
  return folders.map((folder) => join(folder, tool)).find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // absent or not ours to run: both mean "look further"
  }
}
