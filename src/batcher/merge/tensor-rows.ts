// Which part of an output's data belongs to whom: everybody's rows in order, or nobody's when they do not add up.
import type { AnswerBinary, AnswerOutput } from '../../v2/answer-output.ts';
import { cutBytesTensor } from '../../v2/bytes-tensor.ts';
import { byteWidth } from '../../v2/datatypes.ts';
import { type ArrayScan, cutElements, scanArray, scanValues } from '../../v2/json/json-array.ts';
import { type Span, skipSpace } from '../../v2/json/json-scan.ts';
import { countElements } from '../../v2/read-shape.ts';

/** From this length on a row is worth the start of scanArray's fast pass. */
const largeRowBytes = 256;

/** Offsets into the body, one span for each member; null: the output does not have the members' rows in its first dimension. */
export function cutRows(body: Uint8Array, output: AnswerOutput, rows: readonly number[]): Span[] | null {
  const total = rows.reduce((sum, count) => sum + count, 0);
  const rowElements = countElements(output.shape.slice(1));
  if (output.shape[0] !== total || rowElements === null) return null;
  const { data } = output;
  if (data.encoding === 'binary') return cutBlob(body, { ...output, data, rowElements, rows });
  const { array } = data;
  if (array.leaves !== total * rowElements) return null;
  if (array.arrayDepth === 1) {
    return cutElements(
      body,
      array,
      rows.map((count) => count * rowElements),
    );
  }
  return array.elements === total ? cutNested(body, array, { rows, rowElements }) : null;
}

interface BlobCut {
  readonly datatype: string;
  readonly data: AnswerBinary;
  readonly rowElements: number;
  readonly rows: readonly number[];
}

function cutBlob(body: Uint8Array, { datatype, data, rowElements, rows }: BlobCut): Span[] | null {
  const width = byteWidth(datatype);
  if (width === null) return null;
  const counts = rows.map((count) => count * rowElements);
  const ends =
    width === 'variable' ? cutBytesTensor(body.subarray(data.start, data.end), counts) : endsOf(counts, width);
  if (ends === null || data.start + (ends.at(-1) ?? 0) !== data.end) return null;
  return ends.map((end, i) => ({ start: data.start + (ends[i - 1] ?? 0), end: data.start + end }));
}

function endsOf(counts: readonly number[], width: number): number[] {
  let end = 0;
  return counts.map((count) => {
    end += count * width;
    return end;
  });
}

interface RowsOfArrays {
  readonly rows: readonly number[];
  readonly rowElements: number;
}

/** Each row must be an array of its own with as many leaves as the others: a sum that is right says nothing about where a row ends. */
function cutNested(text: Uint8Array, array: ArrayScan, { rows, rowElements }: RowsOfArrays): Span[] | null {
  const groups: Span[] = [];
  const scan = (array.end - array.start) / array.elements < largeRowBytes ? scanValues : scanArray;
  let at = array.start + 1;
  for (const count of rows) {
    const start = skipSpace(text, at);
    let end = start;
    for (let n = 0; n < count; n += 1) {
      const row = scan(text, skipSpace(text, at), 0);
      if (row?.leaves !== rowElements) return null;
      end = row.end;
      at = skipSpace(text, end) + 1; // behind the comma, or the closing bracket
    }
    groups.push({ start, end });
  }
  return groups;
}
