// The same comparison by perf_analyzer, so that not only our own clients say so.

import { type Bench, type Row, toRow } from '../scenario.ts';
import { type AroundRuntime, startTargets } from './around-runtime.ts';
import { perfAnalyzerPath, runPerfAnalyzer } from './perf-analyzer.ts';

const CLIENTS = [1, 32, 64];
const FORMATS = ['binary', 'json'] as const;

export async function measureByPerfAnalyzer(bench: Bench, plan: AroundRuntime): Promise<Row[]> {
  if (perfAnalyzerPath() === null) {
    bench.note('perf_analyzer is not installed: its rows are missing');
    return [];
  }
  const { direct, off, adaptive } = await startTargets(bench, plan);
  const rows: Row[] = [];
  for (const format of FORMATS) {
    for (const clients of CLIENTS) {
      for (const target of [direct, off, adaptive]) {
        const rate = await runPerfAnalyzer({
          port: target.port,
          model: 'costly',
          clients,
          format,
          folder: bench.rig.folder,
        });
        bench.say(`perf_analyzer ${format} N=${clients} ${target.name}: ${rate.toFixed(0)}/s`);
        const gated = target === adaptive && clients >= 32 && plan.leastPerSecond !== undefined;
        rows.push(
          toRow({
            subject: `perf_analyzer, ${format}, N=${clients}, ${target.name}`,
            metric: 'inferences/s',
            samples: [rate],
            ...(gated ? { gate: { atLeast: plan.leastPerSecond! } } : {}),
          }),
        );
      }
    }
  }
  return rows;
}
