// Fuzzing the HPACK decoder: it agrees with a plain one on every block, reads nothing behind an end, and its table stays in bounds.
import { Http2Fault } from '../../src/lanes/h2/http2-fault.ts';
import { DecodedFields, fromHex } from '../support/lanes/decoded-fields.ts';
import { PlainHpack } from '../support/lanes/plain-hpack.ts';
import { type FuzzTarget, mustHold } from './target.ts';

const limits = [4096, 0, 40, 256, 65_536];

/** An input is the number of a table limit, then blocks, each behind its length in one byte. */
function inputOf(limit: number, ...blocks: readonly string[]): Uint8Array {
  const parts = blocks.map(fromHex).flatMap((block) => [Buffer.from([block.length]), block]);
  return Buffer.concat([Buffer.from([limit]), ...parts]);
}

const grpcFirst = `83049f60d54a5b0b510abe2dbaef64aa52d85a885dc5b3b98856341e42d192a94b67418b089d5c0b8170dc644f341f865f8b1d75d0620d26
  3d4c4d656440027465864d833505b11f7a8e9acac8b54790ab7443015c2d2eef408e9acac8b0c842d6958b510f21aa9b903485a9264fafa90b2d
  03497ea6f66aff50863485a9264faf`;
const grpcNext = '83049f60d54a5b0b510abe2dbaef64aa52d85a885dc5b3b98856341e42d192a94b67c386c2c1c0bfbe';

export const hpack: FuzzTarget = {
  name: 'hpack',
  seeds: [
    inputOf(0, grpcFirst, grpcNext, grpcNext),
    inputOf(0, '828684410f7777772e6578616d706c652e636f6d', '828684be58086e6f2d6361636865', '828785bf'),
    inputOf(3, '3fe101', '488264025885aec3771a4b', '4883640effc1', '88c1'),
    inputOf(1, '2082', '40036162630378797a', 'be'),
    inputOf(2, '3f0940036162630378797a', '7e047a7a7a7abe'),
    inputOf(4, '3fe1ff03', '10087061737377640673656372657482', '203fe11f', 'ff80ffffff0f'),
    inputOf(0, '408825a849e95ba97d7f8925a849e95bb8e8b4bf', '0f2f85fffffffffc'),
  ],
  run(input) {
    const limit = limits[(input[0] ?? 0) % limits.length] as number;
    const quick = new DecodedFields();
    quick.decoder.setTableLimit(limit);
    const plain = new PlainHpack(limit);
    let last: string | null = null;
    for (const block of blocksOf(input)) {
      const repeated = quick.decoder.repeats(Buffer.from(block), 0, block.length);
      const fields = plain.decode(block);
      mustHold(show(decode(quick, block)) === show(fields), 'both decoders agree');
      if (repeated) mustHold(show(fields) === last, 'a repeated block says what the last one did');
      if (fields === null) return;
      const { bytes, maxBytes } = quick.decoder.table;
      mustHold(bytes === plain.bytes && bytes <= maxBytes && maxBytes <= limit, 'the table has the size it should');
      last = show(fields);
    }
  },
};

function* blocksOf(input: Uint8Array): Generator<Uint8Array> {
  for (let at = 1; at < input.length; ) {
    const end = at + 1 + (input[at] as number);
    yield input.subarray(at + 1, end);
    at = end;
  }
}

function decode(peer: DecodedFields, block: Uint8Array): readonly string[] | null {
  try {
    return peer.decode(block);
  } catch (error) {
    if (error instanceof Http2Fault && error.fault === 'COMPRESSION_ERROR') return null;
    throw error;
  }
}

function show(fields: readonly string[] | null): string {
  return fields === null ? 'bad' : fields.join('\n');
}
