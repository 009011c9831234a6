// The marker's name and content, and which markers are believed.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Manifest } from '../../../src/storage/folder/manifest.ts';
import { draftMarker, markerName, placeMarker, readMarker, readMarkers } from '../../../src/storage/folder/marker.ts';
import { TargetFolder } from '../../support/staging/scripted-model.ts';

const spec = { storageUri: 's3://bucket/model', memory: '1G', framework: 'sklearn' };
const source = { key: 'model/a', version: '"etag"', bytes: 3 };
const file = { path: 'a', bytes: 3, mtimeMs: 1_000, checksums: { crc32c: 'AAAAAA==' }, source };

async function writeMarker(target: string, manifest: Manifest): Promise<void> {
  const draft = join(target, 'draft');
  await draftMarker(draft, manifest);
  placeMarker(target, { manifest, draft });
}

it('its name is SUCCESS and the sha256 of the canonical JSON of the spec', () => {
  const text = '{"framework":"sklearn","memory":"1G","storageUri":"s3://bucket/model"}';
  const digest = createHash('sha256').update(text).digest('hex');
  expect(markerName(spec)).toBe(`SUCCESS.${digest}`);
});

it('it holds the spec as JSON, and what was written is read again', async () => {
  using target = new TargetFolder();
  await writeMarker(target.path, { spec, files: [file] });
  expect(JSON.parse(readFileSync(join(target.path, markerName(spec)), 'utf8'))).toMatchObject(spec);
  expect(await readMarker(target.path, spec)).toEqual({ spec, files: [file] });
  expect([...(await readMarkers(target.path)).keys()]).toEqual([markerName(spec)]);
  expect(await readMarker(target.path, { ...spec, memory: '2G' })).toBeNull();
});

it.each([0, 1, 1_000, 1_001, 2_500])('one of %i files holds each of them', async (count) => {
  using target = new TargetFolder();
  const files = Array.from({ length: count }, (_, nth) => ({ ...file, path: `a${nth}` }));
  await writeMarker(target.path, { spec, files });
  expect(await readMarker(target.path, spec)).toEqual({ spec, files });
});

it.each([
  ['of Go, without files', JSON.stringify(spec)],
  ['cut off', JSON.stringify({ ...spec, outrigger: { files: [file] } }).slice(0, -5)],
  ['of another spec', JSON.stringify({ storageUri: 'other', outrigger: { files: [file] } })],
  ['that leaves the folder', JSON.stringify({ ...spec, outrigger: { files: [{ ...file, path: '../a' }] } })],
  ['without checksums', JSON.stringify({ ...spec, outrigger: { files: [{ ...file, checksums: {} }] } })],
  ['of null', 'null'],
])('a marker %s is none of ours', async (_, text) => {
  using target = new TargetFolder();
  writeFileSync(join(target.path, markerName(spec)), text);
  expect(await readMarker(target.path, spec)).toBeNull();
});

it('a link or a folder of its name is no marker', async () => {
  using target = new TargetFolder();
  const elsewhere = join(target.path, 'elsewhere');
  await writeMarker(target.path, { spec, files: [file] });
  mkdirSync(elsewhere);
  symlinkSync(join(target.path, markerName(spec)), join(elsewhere, markerName(spec)));
  expect(await readMarker(elsewhere, spec)).toBeNull();
  mkdirSync(join(elsewhere, markerName({ another: 'one' })));
  expect(await readMarker(elsewhere, { another: 'one' })).toBeNull();
});
