// A watch of a models.json that notes what it is told, and the contents to write there.
import type { Log } from '../../../src/log.ts';
import type { WantedModels } from '../../../src/puller/models-file/wanted-model.ts';
import { type ModelsFileWatch, watchModelsFile } from '../../../src/puller/models-file/watch-models-file.ts';

interface LogLine {
  readonly level: keyof Log;
  readonly message: string;
}

export function testLog(): { readonly log: Log; readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = [];
  const note = (level: keyof Log) => (_: object, message: string) => void lines.push({ level, message });
  return { log: { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') }, lines };
}

export interface RecordedWatch {
  readonly watch: ModelsFileWatch;
  readonly told: readonly WantedModels[];
  /** The names of each content that was told. */
  readonly names: () => readonly (readonly string[])[];
  readonly problems: readonly (string | null)[];
  readonly lines: readonly LogLine[];
}

const hourMs = 3_600_000;

/** Without a check from time to time, unless `checkMs` says one: what it sees, it sees by hints. Doubts are short, for fast tests. */
export function recordedWatch(file: string, { checkMs = hourMs, doubtMs = 100 } = {}): RecordedWatch {
  const told: WantedModels[] = [];
  const problems: (string | null)[] = [];
  const { log, lines } = testLog();
  const watch = watchModelsFile({
    file,
    log,
    checkMs,
    doubtMs,
    onModels: (models) => told.push(models),
    onProblem: (problem) => problems.push(problem),
  });
  return { watch, told, problems, lines, names: () => told.map(({ models }) => [...models.keys()]) };
}

export function contentOf(...names: readonly string[]): string {
  return JSON.stringify(
    names.map((modelName) => ({ modelName, modelSpec: { storageUri: `s3://bucket/${modelName}` } })),
  );
}
