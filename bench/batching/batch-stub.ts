// The runtime stub as the batch scenarios start and question it.

import { fileURLToPath } from 'node:url';
import type { Server } from '../process.ts';
import type { ServerSpec } from '../rig.ts';
import { LOAD_CORE } from '../subjects.ts';
import type { StubCounts, StubOptions } from './stub-model.ts';
import { TENSOR_ELEMENTS } from './workloads.ts';

const SMALL_INPUTS = { x: 4 };
export const TENSOR_INPUTS = { a: TENSOR_ELEMENTS, b: TENSOR_ELEMENTS };

/** What performance.md's scenarios share: one slot, 5 ms a call, 0.2 ms a row, 32 rows at most. */
export const USUAL_STUB: StubOptions = {
  aMs: 5,
  cMs: 0.2,
  slots: 1,
  maxRows: 32,
  tellsConfig: true,
  inputs: SMALL_INPUTS,
};

export function stubSpec(options: StubOptions): ServerSpec {
  const script = fileURLToPath(new URL('../backends/batch-runtime.ts', import.meta.url));
  return { core: LOAD_CORE, command: ({ port }) => [process.execPath, script, String(port), JSON.stringify(options)] };
}

/** What it did since it was last asked. @throws Error when it had to refuse a request: then nothing that was measured counts. */
export async function takeCounts(stub: Server): Promise<StubCounts> {
  const response = await fetch(`http://127.0.0.1:${stub.port}/stub/counts`);
  const counts = (await response.json()) as StubCounts;
  if (counts.refused > 0) throw new Error(`the runtime refused ${counts.refused} requests`);
  return counts;
}
