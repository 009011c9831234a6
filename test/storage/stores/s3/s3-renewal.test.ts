import { expect, it } from 'vitest';
import type { S3Credentials } from '../../../../src/storage/stores/s3/s3-credentials.ts';
import { S3Renewal } from '../../../../src/storage/stores/s3/s3-renewal.ts';

function openRenewal(answers: readonly (string | Error)[]): { renewal: S3Renewal; asked: () => number } {
  let asked = 0;
  const renewal = new S3Renewal(async (): Promise<S3Credentials> => {
    const answer = answers[asked++];
    if (answer === undefined || answer instanceof Error) throw answer;
    return { accessKeyId: answer, secretAccessKey: 's', sessionToken: 't' };
  });
  return { renewal, asked: () => asked };
}

it('many refusals at once ask for one renewal', async () => {
  const { renewal, asked } = openRenewal(['a']);
  expect([0, 1, 9000].map((ms) => renewal.request(ms))).toEqual([true, true, true]);
  await renewal.settled();
  expect(asked()).toBe(1);
});

it('a renewal that brings what there was makes the refusal final', async () => {
  const { renewal } = openRenewal(['a', 'a', 'b']);
  renewal.request(0);
  await renewal.settled();
  expect(renewal.request(20_000)).toBe(true);
  await renewal.settled();
  expect(renewal.request(21_000)).toBe(false);
  expect(renewal.request(40_000)).toBe(true); // later there may be others again
  await renewal.settled();
  expect(renewal.request(41_000)).toBe(true);
});

it('a renewal that fails is left to the next signature to tell of', async () => {
  const { renewal } = openRenewal([new Error('no')]);
  expect(renewal.request(0)).toBe(true);
  await expect(renewal.settled()).resolves.toBe(undefined);
});
