import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/real/**', 'test/full/**'],
    // ONNX Runtime would report the tests to its makers (src/commands/dev.ts).
    env: { ORT_DISABLE_TELEMETRY: '1' },
    // Whoever waits for something names it before this: 30 s at most, since pulls go behind everybody else on a busy machine.
    testTimeout: 60_000,
    hookTimeout: 20_000,
    // Two cores are what CI has: more files at once would only make deadlines of real sockets miss.
    maxWorkers: 2,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'json-summary'],
      thresholds: { lines: 90 },
    },
  },
});
