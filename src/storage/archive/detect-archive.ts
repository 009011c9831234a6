// Is this file an archive that is to be unpacked, or a model that only looks like one?
import { basename } from 'node:path';
import { constants, gunzipSync } from 'node:zlib';

export type ArchiveKind = 'tar' | 'tar.gz' | 'zip';

export interface ArchiveClues {
  /** The name the file is saved under. */
  readonly name: string;
  /**
   * http(s) only: Content-Type as it was sent, '' when none was. Null: any other store, where the name alone makes an archive
   * (KServe's rule; a bucket's model without a suffix stays what it is).
   */
  readonly contentType: string | null;
  /** First bytes of the file, `archiveHeadBytes` of them or all there are. */
  readonly head: Uint8Array;
}

export const archiveHeadBytes = 4096;

const tarName = /\.(?:tar|tar\.gz|tgz)$/i;
const zipName = /\.zip$/i;
/** PyTorch examples save checkpoints so: they are pickles and no archives, in spite of their name. */
const checkpointName = /\.(?:pth|pt|ckpt)\.tar$/i;
/** `.pt`, `.onnx`, `.bin`; not the `.5` of "model-1.5". */
const extension = /\.[^.]*[^.\d][^.]*$/;
const zipType = /^application\/(?:x-)?zip(?:-compressed)?$/;
/** First members of PyTorch files, NumPy's .npz, TorchServe's .mar and Java's .jar. */
const modelMember = /(?:^|\/)data\.pkl$|\.npy$|^(?:MAR|META)-INF\//;

/**
 * Models are zips (.pt, .npz, .keras, .mar, .bin), gzips (.onnx.gz) and tars (.nemo) themselves, and servers that look at
 * bytes call them application/zip. So:
 * - the suffixes .tar, .tar.gz, .tgz, .zip make an archive; between tar and tar.gz the bytes decide, for a server that sends
 *   `Content-Encoding: gzip` gives the tar of a .tgz;
 * - any other suffix makes a file, whatever type and bytes say;
 * - a name of http(s) without a suffix is an archive if its bytes are a tar or the gzip of one, or if they are a zip and the
 *   type says so too and the first member is none of a model's.
 * An archive by name that is none fails when it is unpacked: better than a model that nothing can load.
 */
export function detectArchive({ name, contentType, head }: ArchiveClues): ArchiveKind | null {
  if (zipName.test(name)) return 'zip';
  const seen = kindByBytes(head);
  if (tarName.test(name)) {
    if (seen === 'tar' || isGzip(head)) return seen === 'tar' ? 'tar' : 'tar.gz';
    if (checkpointName.test(name)) return null;
    return /\.tar$/i.test(name) ? 'tar' : 'tar.gz';
  }
  if (contentType === null || extension.test(basename(name).slice(1))) return null;
  if (seen !== 'zip') return seen;
  const type = contentType.split(';')[0]!.trim().toLowerCase();
  return zipType.test(type) && !modelMember.test(firstZipMember(head)) ? 'zip' : null;
}

function kindByBytes(head: Uint8Array): ArchiveKind | null {
  if (isTar(head)) return 'tar';
  if (startsWith(head, [0x50, 0x4b, 0x03, 0x04])) return 'zip';
  return isGzip(head) && isTar(inflatedHead(head)) ? 'tar.gz' : null;
}

/** "ustar" of POSIX and of GNU. */
function isTar(head: Uint8Array): boolean {
  return startsWith(head.subarray(257), [0x75, 0x73, 0x74, 0x61, 0x72]);
}

/** RFC 1952 2.3.1: two bytes of magic, and deflate. */
function isGzip(head: Uint8Array): boolean {
  return startsWith(head, [0x1f, 0x8b, 0x08]);
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, at) => bytes[at] === byte);
}

/** As far as a cut gzip gives any; at most 1,032 times its size. */
function inflatedHead(head: Uint8Array): Uint8Array {
  try {
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return new Uint8Array();
  }
}

/** APPNOTE 4.3.7: the name's length at 26, the name at 30. */
function firstZipMember(head: Uint8Array): string {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  return bytes.length < 30 ? '' : bytes.toString('utf8', 30, 30 + bytes.readUInt16LE(26));
}
