// What readConfig refuses: its problems, or an empty list when it refuses nothing.
import { ConfigError } from '../../src/config/config-error.ts';
import { type ConfigSource, readConfig } from '../../src/config/read.ts';

export function problemsOf(source: Partial<ConfigSource>): readonly string[] {
  try {
    readConfig({ argv: [], env: {}, ...source });
    return [];
  } catch (error) {
    if (error instanceof ConfigError && error.code === 'CONFIG_INVALID') return error.problems;
    throw error;
  }
}
