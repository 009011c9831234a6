// The load generators, wrk and h2load: one bounded run each, and what they counted. Any failed request fails the run.

import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { GRPC_PATH, INFER_PATH, type Payload } from './payloads.ts';
import { toolPath } from './tools.ts';

const run = promisify(execFile);
const GRACE_MS = 10_000; // a generator that hangs is killed so long after its time

export interface LoadResult {
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p50Us?: number; // of those that measure it
}

export interface LatencyResult extends LoadResult {
  readonly p50Us: number;
}

export interface HttpLoad {
  readonly port: number;
  readonly core: number;
  readonly connections: number;
  readonly seconds: number;
  readonly payload: Payload;
}

export interface GrpcLoad extends HttpLoad {
  readonly streamsPerConnection: number;
}

/** Keep-alive POSTs in a closed loop on `connections` connections. @throws Error on one failed request. */
export async function runWrk(load: HttpLoad): Promise<LatencyResult> {
  const script = `${load.payload.file}.lua`;
  writeFileSync(script, wrkScript(load.payload));
  const url = `http://127.0.0.1:${load.port}${INFER_PATH}`;
  const args = ['-t1', `-c${load.connections}`, `-d${load.seconds}s`, '--timeout', '10s', '-s', script, url];
  const output = await pinned(load, [toolPath('wrk'), ...args]);
  const match = /^outrigger-bench (\d+) (\d+) (\d+) ([\d.]+)$/m.exec(output);
  if (match === null) throw new Error(`wrk said:\n${output}`);
  const [requests, durationUs, failed, p50Us] = match.slice(1).map(Number) as [number, number, number, number];
  if (failed > 0 || requests === 0) throw new Error(`${failed} failed of ${requests} requests:\n${output}`);
  return { requests, requestsPerSecond: (requests * 1e6) / durationUs, p50Us };
}

/** gRPC-shaped POSTs, `streamsPerConnection` at once on each connection. @throws Error on one failed request. */
export async function runH2load(load: GrpcLoad): Promise<LoadResult> {
  const shape = ['-t1', `-c${load.connections}`, `-m${load.streamsPerConnection}`, '-D', String(load.seconds)];
  const headers = ['-H', 'content-type: application/grpc', '-H', 'te: trailers'];
  const url = `http://127.0.0.1:${load.port}${GRPC_PATH}`;
  const output = await pinned(load, [toolPath('h2load'), ...shape, ...headers, '-d', load.payload.file, url]);
  const counts = /(\d+) done, (\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout/.exec(output);
  const statuses = /status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx/.exec(output);
  const rate = /finished in .*?, ([\d.]+) req\/s/.exec(output);
  if (counts === null || statuses === null || rate === null) throw new Error(`h2load said:\n${output}`);
  const [done, succeeded, ...bad] = counts.slice(1).map(Number) as [number, number, ...number[]];
  const wrong = [...bad, ...statuses.slice(2).map(Number), done - succeeded].reduce((sum, count) => sum + count, 0);
  if (wrong > 0 || done === 0) throw new Error(`failed requests:\n${output}`);
  return { requests: done, requestsPerSecond: Number(rate[1]) };
}

async function pinned(load: HttpLoad, command: readonly string[]): Promise<string> {
  const args = ['-c', String(load.core), ...command];
  const timeout = load.seconds * 1000 + GRACE_MS;
  const { stdout } = await run(toolPath('taskset'), args, { timeout, killSignal: 'SIGKILL', maxBuffer: 1 << 20 });
  return stdout;
}

/** Without a `request` function wrk formats the request once. p50 is interpolated inside its 1 us step. */
function wrkScript(payload: Payload): string {
  return `local file = assert(io.open("${payload.file}", "rb"))
wrk.method = "POST"
wrk.body = file:read("*a")
file:close()
wrk.headers["Content-Type"] = "application/json"
function done(summary, latency, requests)
  local total, seen, p50 = 0, 0, 0
  for i = 1, #latency do
    local _, count = latency(i)
    total = total + count
  end
  for i = 1, #latency do
    local value, count = latency(i)
    if seen + count >= total / 2 then
      p50 = value + (total / 2 - seen) / count
      break
    end
    seen = seen + count
  end
  local e = summary.errors
  print(string.format("outrigger-bench %d %d %d %.2f", summary.requests, summary.duration,
    e.connect + e.read + e.write + e.status + e.timeout, p50))
end
`;
}
