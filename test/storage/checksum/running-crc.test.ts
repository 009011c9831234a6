import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileCrcFold, compiledPath } from '../../../scripts/compile-crc-fold.ts';
import { crcFields } from '../../../src/storage/checksum/crc-field.ts';
import { openCrcFolder } from '../../../src/storage/checksum/crc-fold.ts';
import { runningCrc } from '../../../src/storage/checksum/running-crc.ts';
import type { CombinableAlgorithm } from '../../../src/storage/checksum/verification.ts';
import { seededRandom } from '../../support/random.ts';
import { seed } from '../../support/seed.ts';

const algorithms: readonly CombinableAlgorithm[] = ['crc32', 'crc32c', 'crc64nvme'];
const random = seededRandom(seed);
const noise = Buffer.from(Array.from({ length: 600_000 }, () => Math.floor(random() * 256)));

function crcOf(algorithm: CombinableAlgorithm, chunks: readonly Uint8Array[]): string {
  const crc = runningCrc(algorithm);
  for (const chunk of chunks) crc.update(chunk);
  return Buffer.from(crc.value(), 'base64').toString('hex');
}

/** The definition, bit by bit. */
function slowCrc(algorithm: CombinableAlgorithm, bytes: Uint8Array): string {
  const { words, polynomial } = crcFields[algorithm];
  const width = words * 32;
  const reflected = (BigInt(polynomial.high) << 32n) | BigInt(polynomial.low);
  const ones = (1n << BigInt(width)) - 1n;
  const rows = Array.from({ length: 256 }, (_, byte) => {
    let row = BigInt(byte);
    for (let bit = 0; bit < 8; bit++) row = (row >> 1n) ^ (row % 2n === 1n ? reflected : 0n);
    return row;
  });
  let crc = ones;
  for (const byte of bytes) crc = (crc >> 8n) ^ (rows[Number(crc & 255n) ^ byte] as bigint);
  return (crc ^ ones).toString(16).padStart(width / 4, '0');
}

describe('the module', () => {
  it('is what its text compiles to', async () => {
    expect(await readFile(compiledPath, 'utf8')).toBe(await compileCrcFold());
  });

  it('works in a bundle, and is done without where Node.js has no WebAssembly', () => {
    const folder = 'src/storage/checksum';
    const contents = `export { runningCrc } from './${folder}/running-crc.ts'; export { openCrcFolder } from './${folder}/crc-fold.ts';`;
    const stdin = { contents, resolveDir: join(import.meta.dirname, '../../..'), loader: 'ts' as const };
    const { outputFiles } = buildSync({ stdin, bundle: true, format: 'cjs', platform: 'node', write: false });
    const program = `${outputFiles[0]?.text};
      const values = ['crc32', 'crc32c', 'crc64nvme'].map((name) => {
        const crc = module.exports.runningCrc(name);
        crc.update(Buffer.from('1234'));
        crc.update(Buffer.alloc(20000, 'outrigger'));
        return crc.value();
      });
      console.log(JSON.stringify([module.exports.openCrcFolder() === null, ...values]));`;
    const run = (options: string[]): unknown[] =>
      JSON.parse(execFileSync(process.execPath, [...options, '-e', program], { encoding: 'utf8' }));
    const [without, ...values] = run([]);
    expect(without).toBe(false);
    expect(run(['--jitless', '--no-warnings'])).toEqual([true, ...values]);
  });
});

describe('the published check values of "123456789"', () => {
  it.each([
    ['crc32', 'cbf43926'],
    ['crc32c', 'e3069283'],
    ['crc64nvme', 'ae8b14860a799888'],
  ] as const)('%s %s', (algorithm, expected) => {
    expect(crcOf(algorithm, [Buffer.from('123456789')])).toBe(expected);
    expect(slowCrc(algorithm, Buffer.from('123456789'))).toBe(expected);
  });

  it('of RFC 3720 B.4, and of the NVM command set for 4 KiB', () => {
    const ascending = Buffer.from(Array.from({ length: 32 }, (_, i) => i));
    expect(crcOf('crc32c', [ascending])).toBe('46dd794e');
    expect(crcOf('crc32c', [Buffer.alloc(32)])).toBe('8a9136aa');
    expect(crcOf('crc64nvme', [Buffer.alloc(4096)])).toBe('6482d367eb22b64e');
    expect(crcOf('crc64nvme', [Buffer.alloc(4096, 0xff)])).toBe('c0ddba7302eca3ac');
  });
});

describe.each(algorithms)('%s', (algorithm) => {
  it('of nothing is zero', () => {
    expect(crcOf(algorithm, [])).toMatch(/^0+$/);
    expect(crcOf(algorithm, [new Uint8Array()])).toMatch(/^0+$/);
  });

  it('is that of its definition for every length around those where the way of computing it changes', () => {
    const folded = openCrcFolder();
    expect(folded).not.toBeNull();
    const lengths = [...Array(600).keys(), ...Array.from({ length: 60 }, () => Math.floor(random() * 12_000))];
    const around = [-1, 0, 1, 15].map((more) => 262_144 + more);
    for (const length of [...lengths, ...around]) {
      const bytes = noise.subarray(5, 5 + length);
      if (crcOf(algorithm, [bytes]) !== slowCrc(algorithm, bytes)) {
        expect([length, crcOf(algorithm, [bytes])]).toEqual([length, slowCrc(algorithm, bytes)]);
      }
    }
  });

  it('does not depend on how the bytes come, while others are computed in between', () => {
    const sizes = fc.array(fc.oneof(fc.nat(40), fc.nat(9000), fc.nat(300_000)), { maxLength: 6 });
    fc.assert(
      fc.property(sizes, (lengths) => {
        const [crc, other] = [runningCrc(algorithm), runningCrc('crc64nvme')];
        let at = 0;
        for (const length of lengths) {
          crc.update(noise.subarray(at, at + length));
          other.update(noise.subarray(3, 5000));
          crc.value();
          at = Math.min(at + length, noise.length);
        }
        expect(Buffer.from(crc.value(), 'base64').toString('hex')).toBe(slowCrc(algorithm, noise.subarray(0, at)));
      }),
      { seed, numRuns: 8 },
    );
  });

  it('tells a flipped bit wherever it is', () => {
    const bytes = Buffer.from(noise.subarray(0, 20_000));
    const whole = crcOf(algorithm, [bytes]);
    for (let i = 0; i < 200; i++) {
      const at = Math.floor(random() * bytes.length);
      bytes[at] = (bytes[at] as number) ^ (1 << (i % 8));
      expect(crcOf(algorithm, [bytes])).not.toBe(whole);
      bytes[at] = (bytes[at] as number) ^ (1 << (i % 8));
    }
  });
});
