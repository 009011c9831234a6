// Requests that two readers could split in two ways, and their harmless neighbours: all of them, by class.
import { chunkRows, trailerRows } from './chunks.ts';
import { bothFramings, codingRows, lengthRows, lookAlikeRows } from './framing.ts';
import { once, twice } from './legal.ts';
import { fieldRows, lineRows, upgradeRows } from './syntax.ts';
import { all, type Payload } from './words.ts';

export const payloads: readonly Payload[] = [
  ...all('refused', 'both framings', bothFramings),
  ...all('refused', 'transfer coding', codingRows),
  ...all('refused', 'look-alike', lookAlikeRows),
  ...all('refused', 'length', lengthRows),
  ...all('refusedLate', 'chunk', chunkRows),
  ...all('refusedLate', 'trailer', trailerRows),
  ...all('refused', 'request line', lineRows),
  ...all('refused', 'field', fieldRows),
  ...all('refused', 'upgrade', upgradeRows),
  ...all('passes', 'legal', once),
  ...all('passes', 'legal, pipelined', twice, 2),
];
