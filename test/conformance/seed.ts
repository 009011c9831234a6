// The seed of this folder's random tests: a new one each time, printed, or the one of TEST_SEED to see a failure again.
export const seed = Number(process.env.TEST_SEED ?? Date.now() % 2 ** 31);
console.info(`random tests of test/conformance: TEST_SEED=${seed}`);
