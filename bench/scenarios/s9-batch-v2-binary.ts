// S9: what share of the ideal does batching reach with large binary tensors, and what does it cost?

import { batchingAgent, MAX_ROWS, passThroughAgent } from '../batching/batch-agents.ts';
import { batchCostContest } from '../batching/batch-cost.ts';
import { TENSOR_INPUTS, USUAL_STUB } from '../batching/batch-stub.ts';
import { calibrate, describeCalibration } from '../batching/calibration.ts';
import { idealThroughput } from '../batching/ideal.ts';
import { tensorsV2 } from '../batching/workloads.ts';
import { cpuRows, runContest, strangersNote } from '../contest.ts';
import { type Scenario, toRow } from '../scenario.ts';

const CLIENTS = 32;
const LATENCY_MS = 50;
const LEAST_FRACTION = 0.85;
const MOST_CPU = 1.4; // times the same agent without batching
const CALIBRATION_SECONDS = 0.5;

export const batchV2Binary: Scenario = {
  name: 'S9',
  title: 'batching, V2 binary tensors of 602 KB in two inputs, 32 clients',
  method:
    'Two FP32 inputs [1, 75264] a request, runtime as in S5. Ideal as in S5; the direct run sends the same tensors, so that c holds their way to the runtime too. CPU reference: the same agent with its batcher off.',
  tools: ['taskset'],
  async run(bench) {
    const subject = batchingAgent({ script: bench.agentScript, policy: 'adaptive', maxLatencyMs: LATENCY_MS });
    const ideal: number[] = [];
    const samples = await runContest(
      bench,
      batchCostContest({
        stub: { ...USUAL_STUB, inputs: TENSOR_INPUTS },
        subjects: [passThroughAgent(bench.agentScript), subject],
        workload: tensorsV2,
        clients: CLIENTS,
        async beside(stub) {
          const options = { workload: tensorsV2, maxRows: MAX_ROWS, seconds: CALIBRATION_SECONDS };
          const calibration = await calibrate(stub, options);
          ideal.push(idealThroughput({ calibration, clients: CLIENTS, maxRows: MAX_ROWS, slots: 1 }));
          bench.say(`${describeCalibration(calibration)}; ideal ${ideal.at(-1)!.toFixed(0)} requests/s`);
        },
      }),
    );
    bench.note(strangersNote(samples));
    return [
      ...cpuRows(samples, MOST_CPU),
      toRow({
        subject: subject.name,
        metric: 'requests/s, of ideal',
        samples: samples.get(subject)!.map((each) => each.requestsPerSecond),
        reference: ideal,
        gate: { atLeast: LEAST_FRACTION },
      }),
    ];
  },
};
