// The seed of random tests: a new one each time, printed, or the one of TEST_SEED to see a failure again.
export const seed = Number(process.env.TEST_SEED ?? Date.now() % 2 ** 31);
console.info(`random tests: TEST_SEED=${seed}`);
