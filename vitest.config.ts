import { globSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// What the tests run is compiled once for all of them: their own workers, the threads of the agent, and the programs that
// they start (from the sources these are stripped of their types each time otherwise). With --coverage vitest leaves it out.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/outrigger-tests');

/** They look at their process, at its memory, its handles, its time, so they have one of their own. */
const lookAtProcess = [
  'test/**/*memory*.test.ts',
  'test/batcher/body/collect-body.test.ts',
  'test/batcher/policy/simulation/*.test.ts',
  'test/conformance/batching/hostile-keys.test.ts',
  'test/http/content-coding.test.ts',
  'test/logger/privacy/redactor.test.ts',
  'test/puller/budget/load-waiters.test.ts',
  'test/upstream/buffer-collector.test.ts',
];
/** Files that share a worker and what it has loaded: no module keeps anything of its own. */
const together = globSync(
  [
    ...['batcher', 'config', 'http', 'v2', 'conformance', 'server', 'upstream', 'lanes', 'fuzz'],
    ...['logger/{blob,capture,delivery,encoding,event,privacy}', 'puller/{budget,gate,model}'],
  ].map((folder) => `test/${folder}/**/*.test.ts`),
  { cwd: import.meta.dirname, exclude: lookAtProcess },
);
const ofLanes = 'test/conformance/lanes-*.test.ts'; // they choose the setting, or compare both

export default defineConfig({
  test: {
    // ONNX Runtime would report the tests to its makers (src/commands/dev.ts).
    env: { ORT_DISABLE_TELEMETRY: '1' },
    // Whoever waits for something names it before this, after 30 s: a machine shared with others gives a tenth of itself at times,
    // and pulls go behind everybody else.
    expect: { poll: { timeout: 30_000 } },
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // Two cores are what CI has, and many tests wait for a timer or a process; a fourth would make deadlines of sockets miss.
    maxWorkers: 3,
    projects: [
      { extends: true, test: { name: 'together', include: together, isolate: false } },
      {
        extends: true,
        test: {
          name: 'alone',
          include: ['test/**/*.test.ts'],
          exclude: ['test/real/**', 'test/full/**', ...together],
        },
      },
      // The proxy without its lanes keeps the same promises. (Stages, which see no lane: `npm run test:full`.)
      {
        extends: true,
        test: {
          name: 'lanes off',
          include: ['test/conformance/*.test.ts'],
          exclude: [ofLanes],
          env: { OUTRIGGER_TEST_LANES: 'off' },
          isolate: false,
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'json-summary'],
      thresholds: { lines: 90 },
    },
  },
});
