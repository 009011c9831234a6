import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type ArchiveClues, archiveHeadBytes, detectArchive } from '../../../src/storage/archive/detect-archive.ts';
import { rawTar } from '../../support/archives/raw-tar.ts';
import { rawZip } from '../../support/archives/raw-zip.ts';

const tar = rawTar({ name: 'weights', content: 'x'.repeat(9000) });
const tarGz = gzipSync(tar);
const zip = rawZip([{ name: 'weights', content: 'x' }]);
const torch = rawZip([{ name: 'archive/data.pkl', content: 'x' }]);
const onnxGz = gzipSync('x'.repeat(9000));
const pickle = Buffer.from('\x80\x02ctorch._utils', 'latin1');

function detect(name: string, head: Buffer, contentType: ArchiveClues['contentType'] = null) {
  return detectArchive({ name, head: head.subarray(0, archiveHeadBytes), contentType });
}

describe('a name with the suffix of an archive', () => {
  it.each([
    ['model.tar', tar, 'tar'],
    ['model.tar.gz', tarGz, 'tar.gz'],
    ['model.tgz', tarGz, 'tar.gz'],
    ['model.zip', zip, 'zip'],
    ['a/b/MODEL.TAR.GZ', tarGz, 'tar.gz'],
    ['Model.Zip', zip, 'zip'],
    ['.zip', zip, 'zip'],
  ] as const)('makes an archive of %s', (name, head, kind) => {
    expect(detect(name, head)).toBe(kind);
    expect(detect(name, head, 'application/octet-stream')).toBe(kind);
  });

  it.each([
    ['model.tgz', tar, 'tar'], // the server's Content-Encoding was taken off
    ['model.tar.gz', tar, 'tar'],
    ['model.tar', tarGz, 'tar.gz'],
  ] as const)('does not say whether %s is compressed: its bytes do', (name, head, kind) => {
    expect(detect(name, head)).toBe(kind);
  });

  it.each([
    ['model.tar', 'tar'],
    ['model.tar.gz', 'tar.gz'],
    ['model.zip', 'zip'],
  ] as const)('makes a broken archive of %s that is none', (name, kind) => {
    expect(detect(name, Buffer.from('a page that says "not found"'))).toBe(kind);
    expect(detect(name, Buffer.alloc(0))).toBe(kind);
  });

  it.each(['best.pth.tar', 'checkpoint.pt.tar', 'a.ckpt.tar'])(
    'makes no archive of %s, a checkpoint of PyTorch',
    (name) => {
      expect(detect(name, pickle)).toBeNull();
      expect(detect(name, torch)).toBeNull();
      expect(detect(name, tar)).toBe('tar');
    },
  );
});

describe('a model that is a zip, a gzip or a tar itself stays a file', () => {
  const types = [null, '', 'application/zip', 'application/gzip', 'application/x-tar', 'application/octet-stream'];
  it.each([
    ['model.pt', torch],
    ['pytorch_model.bin', torch],
    ['arrays.npz', zip],
    ['model.keras', zip],
    ['model.mar', zip],
    ['model.jar', zip],
    ['model.onnx.gz', onnxGz],
    ['model.pkl.gz', onnxGz],
    ['model.nemo', tar],
    ['model.nemo', tarGz],
    ['model.tar.bz2', Buffer.from('BZh9')],
    ['model.7z', zip],
  ] as const)('%s', (name, head) => {
    for (const type of types) expect(detect(name, head, type)).toBeNull();
  });
});

describe('a name without a suffix', () => {
  it.each([
    [tar, '', 'tar'],
    [tarGz, 'application/octet-stream', 'tar.gz'],
    [tarGz, 'application/x-tar', 'tar.gz'],
    [tar, 'application/x-tar; charset=binary', 'tar'],
    [zip, 'application/zip', 'zip'],
    [zip, 'Application/X-Zip-Compressed', 'zip'],
    [zip, '', null],
    [zip, 'application/octet-stream', null],
    [torch, 'application/zip', null], // Go's file server calls every zip so
    [onnxGz, 'application/gzip', null],
    [Buffer.from('<html>'), 'application/zip', null],
    [Buffer.alloc(0), 'application/x-tar', null],
  ] as const)('of http(s) is an archive by its bytes, a zip by its type too (%#)', (head, type, kind) => {
    for (const name of ['download', 'model-1.5', 'v2', '.model']) expect(detect(name, head, type)).toBe(kind);
  });

  it('of another store is a file, whatever its bytes are', () => {
    for (const head of [tar, tarGz, zip]) expect(detect('download', head)).toBeNull();
  });
});
