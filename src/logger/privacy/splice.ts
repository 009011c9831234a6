// A text without its secrets: each is replaced by three stars in quotes, so that JSON stays JSON; the rest stays byte for byte.
import type { Span } from '../../v2/json/json-scan.ts';

const stars = Buffer.from('"***"');

/** `spans` in any order; of one inside another only the outer one counts. A copy: nothing of what is replaced is held by it. */
export function splice(text: Uint8Array, spans: readonly Span[]): Uint8Array {
  const source = Buffer.from(text.buffer, text.byteOffset, text.length);
  const outer = outermost(spans);
  let bytes = source.length;
  for (const { start, end } of outer) bytes += stars.length - (end - start);
  const spliced = Buffer.allocUnsafe(bytes);
  let [read, written] = [0, 0];
  for (const { start, end } of outer) {
    written += source.copy(spliced, written, read, start);
    for (let i = 0; i < stars.length; i += 1) spliced[written + i] = stars[i]!;
    written += stars.length;
    read = end;
  }
  source.copy(spliced, written, read);
  return spliced;
}

function outermost(spans: readonly Span[]): readonly Span[] {
  if (isInOrder(spans)) return spans; // most often
  const sorted = [...spans].sort((a, b) => a.start - b.start || b.end - a.end);
  let end = 0;
  return sorted.filter((span) => {
    if (span.start < end) return false;
    end = span.end;
    return true;
  });
}

function isInOrder(spans: readonly Span[]): boolean {
  for (let i = 1; i < spans.length; i += 1) if (spans[i]!.start < spans[i - 1]!.end) return false;
  return true;
}
