import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openKeyedSha256 } from '../../../../src/storage/stores/s3/keyed-sha256.ts';

const Sha256 = openKeyedSha256() as unknown as new (
  secret?: string | Uint8Array,
) => {
  update(data: string | Uint8Array): void;
  digest(): Promise<Uint8Array>;
  reset(): void;
};

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

it('without a key it is SHA-256', async () => {
  const hash = new Sha256();
  hash.update('ab');
  hash.update(Buffer.from('c'));
  expect(hexOf(await hash.digest())).toBe(createHash('sha256').update('abc').digest('hex'));
});

it('with any key, text or bytes, again and again, it is the HMAC of that key', async () => {
  const secrets = fc.oneof(fc.string(), fc.uint8Array());
  await fc.assert(
    fc.asyncProperty(fc.array(secrets, { minLength: 1, maxLength: 20 }), fc.uint8Array(), async (keys, data) => {
      for (const key of [...keys, ...keys]) {
        const hmac = new Sha256(key);
        hmac.update('thrown away');
        hmac.reset();
        hmac.update(data);
        expect(hexOf(await hmac.digest())).toBe(createHmac('sha256', key).update(data).digest('hex'));
      }
    }),
  );
});
