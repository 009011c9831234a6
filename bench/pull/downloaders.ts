// Who downloads: outrigger, and the programs that people would use in its place.
import { join } from 'node:path';
import type { Downloader } from './downloader.ts';

/** Any store whose address and credentials stand in `env`. */
export function outrigger(agentScript: string, uri: string, env: Readonly<Record<string, string>> = {}): Downloader {
  const argv = (into: string) => [process.execPath, agentScript, 'pull', '--quiet', uri, into] as const;
  return { name: 'outrigger', argv: (into) => [...argv(into)], env };
}

export function curl(port: number, path: string): Downloader {
  const url = `http://127.0.0.1:${port}/${path}`;
  return { name: 'curl', argv: (into) => ['curl', '-fsS', '-o', `${into}/file`, url] };
}

export function aria2(port: number, path: string, connections = 16): Downloader {
  const options = [
    `-x${connections}`,
    `-s${connections}`,
    '-k1M',
    '--file-allocation=none',
    '--console-log-level=error',
  ];
  return {
    name: `aria2 -x${connections}`,
    argv: (into) => [
      'aria2c',
      ...options,
      '--summary-interval=0',
      '-d',
      into,
      '-o',
      'file',
      `http://127.0.0.1:${port}/${path}`,
    ],
  };
}

/** What Node can do at all on this machine: no checksum, no journal, one file. */
export function rawSockets(port: number, bytes: number, connections = 16): Downloader {
  const program = join(import.meta.dirname, 'raw-ranges.ts');
  const figures = [port, bytes, connections].map(String);
  return { name: 'raw sockets', argv: (into) => [process.execPath, program, ...figures, into] };
}
