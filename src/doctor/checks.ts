// All that is looked at, in the order in which it is told.
import type { Config } from '../config/slices.ts';
import { configCheck } from './configuration.ts';
import type { Check } from './finding.ts';
import { folderChecks } from './folders.ts';
import { machineCheck } from './machine.ts';
import { modelChecks } from './models.ts';
import { portChecks } from './ports.ts';
import { runtimeChecks } from './runtime-checks.ts';
import { sinkChecks } from './sinks.ts';

export interface Patient {
  /** Null: it could not even be looked at. */
  readonly config: Config | null;
  /** Of the configuration. */
  readonly problems: readonly string[];
}

export function planChecks({ config, problems }: Patient): readonly Check[] {
  const always = [configCheck({ config, problems }), machineCheck(config)];
  if (config === null) return always;
  const { puller, logger } = config;
  return [
    ...always,
    ...portChecks(config),
    ...runtimeChecks(config),
    ...(puller === null ? [] : modelChecks(puller)),
    ...(logger === null ? [] : sinkChecks(logger)),
    ...folderChecks(config),
  ];
}
