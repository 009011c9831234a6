// Which rows are a sink's? A number of its address, the same in every run.
import { createHash } from 'node:crypto';

const numberBytes = 6; // exact as a number of JavaScript and as an integer of SQLite

/** Its user part may change and its rows are still its own; of two sinks that differ in nothing else the later has another number. */
export function sinkNumber(url: string, isTaken: (sink: number) => boolean): number {
  const plain = new URL(url);
  plain.username = '';
  plain.password = '';
  for (let nth = 1; ; nth += 1) {
    const digest = createHash('sha256').update(`${plain.href} ${nth}`).digest();
    const sink = digest.readUIntBE(0, numberBytes);
    if (!isTaken(sink)) return sink;
  }
}
