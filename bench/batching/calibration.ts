// What does the runtime take without anybody in front of it? Measured in every round, so that its drift is nobody's merit.

import type { Server } from '../process.ts';
import { runClosedLoop } from './batch-load.ts';
import { takeCounts } from './batch-stub.ts';
import { type Calibration, fitLine, timeMs } from './ideal.ts';
import type { Workload } from './workloads.ts';

const SIZES = [1, 2, 4, 8, 16, 32];
const TURNS = 16;
const WARM_UP_MS = 30;

/** One client, straight to the stub, `seconds` for each size of request up to `maxRows`. */
export async function calibrate(
  stub: Server,
  { workload, maxRows, seconds }: { workload: Workload; maxRows: number; seconds: number },
): Promise<Calibration> {
  const [roundTrip, service] = [[], []] as { rows: number; meanMs: number }[][] as [Points, Points];
  for (const rows of SIZES.filter((each) => each <= maxRows)) {
    const calls = callsOf(workload, 0, rows);
    await takeCounts(stub);
    const { meanMs } = await runClosedLoop({ port: stub.port, clients: [calls], warmUpMs: WARM_UP_MS, seconds });
    const seen = (await takeCounts(stub)).serviceMs[rows];
    if (seen === undefined) throw new Error(`the runtime saw no call of ${rows} rows`);
    roundTrip.push({ rows, meanMs });
    service.push({ rows, meanMs: seen.sumMs / seen.calls });
  }
  return { roundTrip: fitLine(roundTrip), service: fitLine(service) };
}

type Points = { rows: number; meanMs: number }[];

/** Calls of one client, no two alike. */
export function callsOf(workload: Workload, client: number, rows = 1): ReturnType<Workload>[] {
  return Array.from({ length: TURNS }, (_, turn) => workload(client, turn, rows));
}

export function describeCalibration({ roundTrip, service }: Calibration): string {
  const deltaMs = timeMs(roundTrip, 1) - timeMs(service, 1);
  const [a, c, delta] = [service.interceptMs, service.rowMs, deltaMs].map((each) => each.toFixed(3));
  return `a ${a} ms, c ${c} ms, delta ${delta} ms`;
}
