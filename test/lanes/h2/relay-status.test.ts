// Which statuses are read without a table of HPACK.
import { expect, it } from 'vitest';
import { readPlainStatus } from '../../../src/lanes/h2/relay-status.ts';

it.each([
  ['indexed', [0x88], 200],
  ['indexed behind sizes of the table', [0x20, 0x3f, 0xe1, 0x1f, 0x8e], 500],
  ['a literal that is kept', [0x48, 3, 0x35, 0x30, 0x33], 503],
  ['a literal that is not', [0x08, 3, 0x31, 0x30, 0x33], 103],
  ['a literal with its name', [0, 7, ...Buffer.from(':status'), 3, 0x35, 0x30, 0x33], 503],
  ['a literal with another name', [0, 7, ...Buffer.from(':statut'), 3, 0x35, 0x30, 0x33], 0],
  ['a Huffman string', [0x48, 0x82, 0x10, 0x00], 0],
  ['of the dynamic table', [0xbe], 0],
  ['cut off', [0x48, 3, 0x35], 0],
  ['nothing', [], 0],
  ['not a number', [0x48, 3, 0x41, 0x42, 0x43], 0],
])('%s', (_name, bytes, status) => {
  const padded = Buffer.from([0xff, ...bytes, 0x88]);
  expect(readPlainStatus(padded, 1, 1 + bytes.length)).toBe(status);
});
