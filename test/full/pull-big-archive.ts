// Archives too big for `npm test`: members over 1 GiB come whole in flat memory, a million members are refused in flat memory, a
// full disk and thousands of changed archives leave nothing.
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createDeflateRaw, createGzip } from 'node:zlib';
import type { ArchiveKind } from '../../src/storage/archive/detect-archive.ts';
import { unpackArchive } from '../../src/storage/archive/unpack-archive.ts';
import { runningCrc } from '../../src/storage/checksum/running-crc.ts';
import { goodArchives, mutated, whatIsWrong } from '../support/archives/mutations.ts';
import { rawTarMember, tarEnd } from '../support/archives/raw-tar.ts';
import { rawZip } from '../support/archives/raw-zip.ts';
import { Sandbox } from '../support/archives/sandbox.ts';
import { seededRandom } from '../support/random.ts';
import { seed } from '../support/seed.ts';

const memberBytes = 1.25 * 2 ** 30;
const tail = Buffer.from('the very end');
const zeros = Buffer.alloc(1024 * 1024);
const maxGrowthMiB = 64;
const maxFiles = 20_000;
const mutationsOfEach = 1500;
const name = 'model/weights';

/** What a child says of one archive. */
interface Outcome {
  readonly code: string | null;
  readonly files: readonly { readonly bytes: number; readonly crc32c: string | undefined }[];
  readonly growthMiB: number;
}

/** Zeros, and something at the end that a cut member would not have. */
function* memberContent(): Generator<Buffer> {
  for (let left = memberBytes - tail.length; left > 0; left -= zeros.length) yield zeros.subarray(0, left);
  yield tail;
}

/** Parts of a file: bytes, or a hole of so many. */
function writeSparse(file: string, parts: readonly (Buffer | number)[]): void {
  const fd = openSync(file, 'w');
  let at = 0;
  for (const part of parts) {
    if (typeof part !== 'number') writeSync(fd, part, 0, part.length, at);
    at += typeof part === 'number' ? part : part.length;
  }
}

function* tarOfMember(): Generator<Buffer> {
  yield rawTarMember({ name, size: memberBytes });
  yield* memberContent();
  yield Buffer.alloc((512 - (memberBytes % 512)) % 512);
  yield tarEnd;
}

/** The zip with its member left out, to be put in: where, and the two sides. */
function zipAround(crc: number, packedSize: number, method: number): [before: Buffer, after: Buffer] {
  const beforeBytes = 30 + name.length;
  const says = { name, content: '', packed: Buffer.alloc(0), crc, packedSize, size: memberBytes, method };
  const { length } = rawZip([says]);
  const directoryAt = BigInt(beforeBytes + packedSize);
  const directoryBytes = BigInt(length - beforeBytes - 22);
  const zip = rawZip([says], { zip64End: { directoryAt, recordAt: directoryAt + directoryBytes } });
  return [zip.subarray(0, beforeBytes), zip.subarray(beforeBytes)];
}

async function buildArchives(folder: string): Promise<readonly [ArchiveKind, string, what: string][]> {
  const path = (file: string) => join(folder, file);
  const hole = memberBytes - tail.length;
  writeSparse(path('tar'), [
    rawTarMember({ name, size: memberBytes }),
    hole,
    tail,
    Buffer.alloc((512 - (memberBytes % 512)) % 512),
    tarEnd,
  ]);
  await pipeline(Readable.from(tarOfMember()), createGzip({ level: 1 }), createWriteStream(path('tar.gz')));
  let crc = 0;
  for (const chunk of memberContent()) crc = crc32(chunk, crc);
  const [before, after] = zipAround(crc, memberBytes, 0);
  writeSparse(path('stored.zip'), [before, hole, tail, after]);
  const packed = await Readable.from(memberContent())
    .compose(createDeflateRaw({ level: 1 }))
    .toArray();
  const deflated = Buffer.concat(packed as Buffer[]);
  const [head, end] = zipAround(crc, deflated.length, 8);
  writeSparse(path('deflated.zip'), [head, deflated, end]);
  return [
    ['tar', path('tar'), '1.25 GiB in a tar'],
    ['tar.gz', path('tar.gz'), '1.25 GiB in a tar.gz'],
    ['zip', path('stored.zip'), '1.25 GiB in a zip, stored'],
    ['zip', path('deflated.zip'), '1.25 GiB in a zip, deflated'],
  ];
}

/** A million empty files: half a GiB of tar, 90 MB of zip. */
async function buildMillions(folder: string): Promise<readonly [ArchiveKind, string, what: string][]> {
  const count = 1_000_000;
  const names = Array.from({ length: count }, (_, index) => `f${index}`);
  await pipeline(
    Readable.from(
      (function* () {
        for (const each of names) yield rawTarMember({ name: each });
        yield tarEnd;
      })(),
    ),
    createGzip({ level: 1 }),
    createWriteStream(join(folder, 'million.tar.gz')),
  );
  writeSparse(join(folder, 'million.zip'), [
    rawZip(
      names.map((each) => ({ name: each, method: 0 })),
      { zip64End: {} },
    ),
  ]);
  return [
    ['tar.gz', join(folder, 'million.tar.gz'), 'a million members in a tar.gz'],
    ['zip', join(folder, 'million.zip'), 'a million members in a zip'],
  ];
}

/** In a process of its own, so that its peak memory is its own. */
async function unpackInChild(kind: ArchiveKind, file: string): Promise<Outcome> {
  const child = fork(import.meta.filename, ['child', kind, file], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [outcome] = (await once(child, 'message')) as [Outcome];
  await once(child, 'exit');
  return outcome;
}

async function runChild(kind: ArchiveKind, file: string): Promise<void> {
  using sandbox = new Sandbox();
  await sandbox.unpack('tar.gz', goodArchives[2]!.bytes); // everything is loaded
  sandbox.empty();
  const idleMiB = process.memoryUsage.rss() / 2 ** 20;
  const limits = { maxFiles, maxUnpackedBytes: 2 ** 40 };
  const signal = new AbortController().signal;
  const unpacking = unpackArchive({ file, kind, into: sandbox.into, limits, signal, onBytes: () => undefined });
  const { code, files } = await unpacking.then(
    (unpacked) => ({ code: null, files: unpacked }),
    (error) => ({ code: `${error.code}: ${error.message}`, files: [] }),
  );
  for (const { path, bytes } of files) {
    if (statSync(join(sandbox.into, path)).size !== bytes) throw new Error(`${path} has another size`);
  }
  const growthMiB = peakMiB() - idleMiB;
  const summary = files.map(({ bytes, checksums }) => ({ bytes, crc32c: checksums.crc32c }));
  process.send?.({ code, files: summary, growthMiB } satisfies Outcome, () => process.disconnect());
}

/** Of this very program; ru_maxrss has the parent's, of before exec. */
function peakMiB(): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]) / 1024;
}

/** Null, or what is wrong. */
function judge(outcome: Outcome, wanted: Pick<Outcome, 'code' | 'files'>): string | null {
  const { growthMiB, code, files } = outcome;
  if (growthMiB > maxGrowthMiB) return `memory grew by ${growthMiB.toFixed(1)} MiB`;
  if ((code?.split(':')[0] ?? null) !== wanted.code) return `ended with ${code}`;
  return JSON.stringify(files) === JSON.stringify(wanted.files) ? null : `gave ${JSON.stringify(files)}`;
}

/** Null: this machine lets nobody mount. */
async function fillDisk(folder: string): Promise<string | null> {
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'none', folder]).status === 0;
  if (!mounted) return 'not run: this machine lets nobody mount a small tmpfs';
  try {
    using sandbox = new Sandbox(folder);
    const members = ['a', 'b', 'c', 'd', 'e'].map((file) => ({
      name: file,
      content: Buffer.alloc(3_000_000),
      method: 8,
    }));
    const limits = { maxFiles: 10, maxUnpackedBytes: 2 ** 30 };
    const error = await sandbox.unpack('zip', rawZip(members), { limits }).catch((failure) => failure);
    if (error.code !== 'DISK_FULL') return `FAIL ended with ${error}`;
    return Object.keys(sandbox.unpacked()).length === 0 ? null : 'FAIL left something';
  } finally {
    spawnSync('umount', [folder]);
  }
}

async function mutate(what: string): Promise<string | null> {
  const { kind, bytes } = goodArchives.find((archive) => archive.what === what)!;
  using sandbox = new Sandbox();
  const random = seededRandom(seed);
  for (let nth = 0; nth < mutationsOfEach; nth += 1) {
    const changed = mutated(bytes, random);
    const wrong = await whatIsWrong(sandbox, { kind, bytes: changed });
    if (wrong !== null) return `${wrong}: ${changed.toString('base64')}`;
  }
  return null;
}

async function runAll(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'outrigger-full-'));
  let passed = 0;
  let failed = 0;
  const note = (what: string, wrong: string | null, figures = '') => {
    if (wrong?.startsWith('not run')) return console.log(`${what}: ${wrong}`);
    console.log(wrong === null ? `ok   ${what}${figures}` : `FAIL ${what}: ${wrong}`);
    if (wrong === null) passed += 1;
    else failed += 1;
  };
  try {
    const crc = runningCrc('crc32c');
    for (const chunk of memberContent()) crc.update(chunk);
    const whole = { code: null, files: [{ bytes: memberBytes, crc32c: crc.value() }] };
    const refused = { code: 'PULL_TOO_LARGE', files: [] };
    for (const [build, wanted] of [
      [buildArchives, whole],
      [buildMillions, refused],
    ] as const) {
      for (const [kind, file, what] of await build(folder)) {
        const startedMs = performance.now();
        const outcome = await unpackInChild(kind, file);
        const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
        note(what, judge(outcome, wanted), `: +${outcome.growthMiB.toFixed(1)} MiB, ${seconds} s`);
      }
    }
    const small = mkdtempSync(join(folder, 'small-'));
    note('a full disk', await fillDisk(small));
    if (!process.env.QUICK)
      for (const { what } of goodArchives) note(`${mutationsOfEach} mutations of a ${what}`, await mutate(what));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

const [mode, kind, file] = process.argv.slice(2);
if (mode === 'child') await runChild(kind as ArchiveKind, file as string);
else await runAll();
