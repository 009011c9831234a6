// CRCs in WebAssembly: ten bytes a nanosecond without a native dependency.
import { crcFoldModule } from './crc-fold-module.ts';
import type { CombinableAlgorithm } from './verification.ts';

/** Without its last turn: all ones before the first byte. */
type CrcState = bigint;

/** crc-fold.wat. Its window is one for all, so a chunk is finished before the next begins. */
export interface CrcFolder {
  /** The state after these bytes; of crc32 and crc32c the lower half is used. */
  fold(algorithm: CombinableAlgorithm, state: CrcState, bytes: Uint8Array): CrcState;
}

interface Exports extends Readonly<Record<CombinableAlgorithm, (state: CrcState, bytes: number) => CrcState>> {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly windowAt: { readonly value: number };
  readonly windowBytes: { readonly value: number };
}

/** What is needed of WebAssembly, which the types of ECMAScript leave out. */
interface Engine {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Exports };
}

const opened: { folder?: CrcFolder | null } = {};

/** Compiled at the first use, once a thread. Null: this Node.js has no WebAssembly (--jitless), or no vectors in it. */
export function openCrcFolder(): CrcFolder | null {
  if (opened.folder === undefined) opened.folder = instantiate();
  return opened.folder;
}

function instantiate(): CrcFolder | null {
  const { WebAssembly: engine } = globalThis as { readonly WebAssembly?: Engine };
  if (engine === undefined) return null;
  try {
    return new Folder(new engine.Instance(new engine.Module(Buffer.from(crcFoldModule, 'base64'))).exports);
  } catch {
    return null; // a processor without vector instructions: the table does the same, only slower
  }
}

class Folder implements CrcFolder {
  readonly #exports: Exports;
  readonly #window: Uint8Array;

  constructor(exports: Exports) {
    this.#exports = exports;
    this.#window = new Uint8Array(exports.memory.buffer, exports.windowAt.value, exports.windowBytes.value);
  }

  fold(algorithm: CombinableAlgorithm, state: CrcState, bytes: Uint8Array): CrcState {
    const most = this.#window.length;
    let next = state;
    for (let at = 0; at < bytes.length; at += most) {
      const part = bytes.length <= most ? bytes : bytes.subarray(at, at + most);
      this.#window.set(part);
      next = this.#exports[algorithm](next, part.length);
    }
    return next;
  }
}
