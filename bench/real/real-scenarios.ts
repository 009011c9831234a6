// REAL-*: what does batching bring before real runtimes? Run by name only: `npm run bench -- REAL-TRITON`.

import { fileURLToPath } from 'node:url';
import { type RuntimeName, startRuntime } from '../../test/real/runtimes.ts';
import type { Bench, Row, Scenario } from '../scenario.ts';
import { LOAD_CORE } from '../subjects.ts';
import { type AroundRuntime, measureAround } from './around-runtime.ts';
import { measureByPerfAnalyzer } from './perf-rows.ts';
import { costlyBinary, costlyJson, costlyV1, digitsJson } from './requests.ts';

const MODELS = fileURLToPath(new URL('./models', import.meta.url));
const EMBEDDED = fileURLToPath(new URL('../backends/embedded-onnx.ts', import.meta.url));
const LEAST_OF_TRITON = 3_500; // inferences/s; 32 clients unbatched: about 210
const COSTLY =
  'The model takes 4 ms a call and 0.1 ms a row, one call at once, and is not batched by the runtime itself.';
const CLIENTS =
  'Requests of one row by 1 to 64 closed-loop clients, runtime and clients on one core, the agent on the other, L=5.';

const shared = { tools: ['taskset'], seconds: 1, onlyByName: true } as const;

export const realTriton: Scenario = {
  ...shared,
  name: 'REAL-TRITON',
  title: 'batching before real Triton (python backend, no dynamic_batching)',
  method: `${COSTLY} ${CLIENTS}`,
  run: (bench) =>
    withRuntime(bench, 'triton', async (runtime) => {
      const plan = { runtime, requests: { JSON: costlyJson, binary: costlyBinary }, leastPerSecond: LEAST_OF_TRITON };
      return [...(await measureAround(bench, plan)), ...(await measureByPerfAnalyzer(bench, plan))];
    }),
};

export const realMlserver: Scenario = {
  ...shared,
  name: 'REAL-MLSERVER',
  title: 'batching before real MLServer, its own batching off',
  method: `${COSTLY} ${CLIENTS}`,
  run: (bench) =>
    withRuntime(bench, 'mlserver', (runtime) => measureAround(bench, { runtime, requests: { JSON: costlyJson } })),
};

export const realKserve: Scenario = {
  ...shared,
  name: 'REAL-KSERVE',
  title: "batching before KServe's own server, V1",
  method: `${COSTLY} ${CLIENTS} The server says nothing of its models: the agent is told by \`--batcher-models costly\`.`,
  run: (bench) =>
    withRuntime(bench, 'kserve', (runtime) =>
      measureAround(bench, { runtime, requests: { V1: costlyV1 }, agentFlags: ['--batcher-models', 'costly'] }),
    ),
};

export const realOnnx: Scenario = {
  ...shared,
  name: 'REAL-ONNX',
  title: 'batching before the embedded ONNX runtime and its digits',
  method: CLIENTS,
  async run(bench) {
    const command = ({ port }: { port: number }): [string, ...string[]] => [process.execPath, EMBEDDED, String(port)];
    const runtime = await bench.rig.start({ core: LOAD_CORE, command });
    return measureAround(bench, { runtime, requests: { JSON: digitsJson } });
  },
};

async function withRuntime(
  bench: Bench,
  name: RuntimeName,
  measure: (runtime: AroundRuntime['runtime']) => Promise<Row[]>,
): Promise<Row[]> {
  const { program, httpPort } = await startRuntime(name, bench.rig.folder, MODELS);
  try {
    return await measure({ port: httpPort });
  } finally {
    await program.stop();
  }
}
