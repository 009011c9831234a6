// What flags and environment say: every problem that would keep the agent from starting, and what it would say at its start.
import type { Patient } from './checks.ts';
import { type Check, type Finding, ok, problem, warning } from './finding.ts';

export function configCheck({ config, problems }: Patient): Check {
  const findings: Finding[] = [
    ...problems.map((said) => problem(said, 'the agent would not start (exit 64)')),
    ...(config?.notices ?? []).map((said) => warning(said)),
  ];
  const all = findings.length > 0 ? findings : [ok('every flag and variable is understood')];
  return { group: 'Configuration', subject: 'the configuration', run: async () => [...all, ...featuresOf(config)] };
}

function featuresOf(config: Patient['config']): Finding[] {
  if (config === null) return [];
  const { batcher, logger, puller } = config;
  const parts = [
    batcher === null ? 'no batching' : `batching up to ${batcher.maxRows} rows or ${batcher.maxLatencyMs} ms`,
    logger === null ? 'no payload logging' : `payload logging to ${logger.sinks.map(({ label }) => label).join(', ')}`,
    puller === null ? 'no models pulled' : `models of ${puller.modelsFile} for ${puller.runtime.kind}`,
  ];
  return [ok(parts.join('; '))];
}
