// A model folder as the puller lays it out, for runtimes that see it under another path.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ModelRuntimeConfig } from '../../../src/config/slices.ts';

export class ModelFolder {
  readonly root: string;
  /** As the agent sees it. */
  readonly modelDir: string;
  /** As the runtime sees it. */
  readonly seenDir = '/seen/by the runtime';

  constructor() {
    this.root = realpathSync(mkdtempSync(join(tmpdir(), 'outrigger-runtime-')));
    this.modelDir = join(this.root, 'models');
    mkdirSync(this.modelDir);
    onTestFinished(() => rmSync(this.root, { recursive: true }));
  }

  /** Files of one version, by their path in it. */
  place(name: string, version: string, files: Readonly<Record<string, string>>): void {
    for (const [path, text] of Object.entries(files)) {
      const place = join(this.modelDir, '.outrigger', name, version, path);
      mkdirSync(dirname(place), { recursive: true });
      writeFileSync(place, text);
    }
  }

  /** Where on this machine the runtime finds what it sees. */
  readonly find = (seen: string): string => {
    if (!seen.startsWith(`${this.seenDir}/`)) throw new Error(`the runtime sees no ${seen}`);
    return join(this.modelDir, seen.slice(this.seenDir.length));
  };

  config(kind: ModelRuntimeConfig['kind'], port: number, more: Partial<ModelRuntimeConfig> = {}): ModelRuntimeConfig {
    const where = { host: '127.0.0.1', port, managementPort: port, configFile: join(this.root, 'models.config') };
    return { kind, ...where, modelDir: this.seenDir, loadTimeoutMs: 8000, checkMs: 10_000, ...more };
  }
}
