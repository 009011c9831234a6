// HPACK's Huffman strings read four bits a step (RFC 7541 5.2), by a table built once from the code.
import { Http2Fault } from './http2-fault.ts';
import { canonicalCodes, codeLengths, endOfString } from './huffman-code.ts';

/**
 * For each inner node of the code's tree and each four bits: the next node in bits 0-7, a byte that ended on the way in 8-15 if bit
 * 16 is set, bit 17 for what no string may contain. One byte at most ends within four bits, no code being shorter than five.
 */
const ended = 1 << 16;
const wrong = 1 << 17;
const steps = buildSteps();
/** The nodes where a string may end: its beginning, or up to seven bits of ones, the beginning of EOS. */
const mayEnd = nodesOfPadding();

/** What `length` bytes may become at most: no code is shorter than five bits. */
export function decodedBound(length: number): number {
  return Math.floor((length * 8) / 5);
}

/**
 * Decodes `bytes` from `start` to `end` into `target`, which has room for `decodedBound`; returns how many bytes that made.
 *
 * @throws Http2Fault COMPRESSION_ERROR: EOS within it, or padding that is longer than seven bits or not all ones
 */
export function decodeHuffman(bytes: Buffer, start: number, end: number, target: Buffer): number {
  let node = 0;
  let length = 0;
  let seen = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    const high = steps[(node << 4) | (byte >> 4)] as number;
    if ((high & ended) !== 0) target[length++] = (high >> 8) & 0xff;
    const low = steps[((high & 0xff) << 4) | (byte & 15)] as number;
    if ((low & ended) !== 0) target[length++] = (low >> 8) & 0xff;
    node = low & 0xff;
    seen |= high | low;
  }
  if ((seen & wrong) !== 0 || mayEnd[node] !== 1) throw new Http2Fault('COMPRESSION_ERROR', 'bad Huffman string');
  return length;
}

/** The code as a tree: two places a node, for a 0 and a 1; -1 - symbol stands for a leaf, 0 for what is not there yet. */
function buildTree(): number[] {
  const tree = [0, 0];
  canonicalCodes().forEach((code, symbol) => {
    const length = codeLengths[symbol] as number;
    let node = 0;
    for (let bit = length - 1; bit > 0; bit--) {
      const place = node * 2 + ((code >> bit) & 1);
      if (tree[place] === 0) {
        tree[place] = tree.length / 2;
        tree.push(0, 0);
      }
      node = tree[place] as number;
    }
    tree[node * 2 + (code & 1)] = -1 - symbol;
  });
  return tree; // 256 nodes for 257 leaves
}

function buildSteps(): Int32Array {
  const tree = buildTree();
  const table = new Int32Array((tree.length / 2) * 16);
  for (let at = 0; at < table.length; at++) table[at] = walk(tree, at >> 4, at & 15);
  return table;
}

function walk(tree: readonly number[], from: number, fourBits: number): number {
  let node = from;
  let outcome = 0;
  for (let bit = 3; bit >= 0; bit--) {
    const next = tree[node * 2 + ((fourBits >> bit) & 1)] as number;
    node = Math.max(next, 0);
    if (next >= 0) continue;
    const symbol = -1 - next;
    outcome |= symbol === endOfString ? wrong : ended | (symbol << 8);
  }
  return outcome | node;
}

function nodesOfPadding(): Uint8Array {
  const tree = buildTree();
  const nodes = new Uint8Array(tree.length / 2);
  for (let bits = 0, node = 0; bits <= 7; bits++) {
    nodes[node] = 1;
    node = tree[node * 2 + 1] as number;
  }
  return nodes;
}
