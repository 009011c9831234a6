// One V2 answer as everybody's own: the runtime's text but for ids, first dimensions, sizes and data (protocol page 8.5).
import type { AnswerOutput } from '../../v2/answer-output.ts';
import type { InferAnswer } from '../../v2/infer-answer.ts';
import { type ArrayScan, cutElements } from '../../v2/json/json-array.ts';
import { lexeme, type Span } from '../../v2/json/json-scan.ts';
import { type AssembledBody, assemble, type Piece } from './assembled-body.ts';
import { type Cut, cutterOf, type Edit, memberTexts } from './member-text.ts';
import { cutRows } from './tensor-rows.ts';

export interface InferSplit {
  readonly answer: InferAnswer;
  /** Of each member, in the order of the merged request; all >= 1. */
  readonly rows: readonly number[];
  /** Of each member: raw text of a string, or null when it sent none. */
  readonly ids: readonly (string | null)[];
  /** Raw text of the id that the merged request had; null: none. */
  readonly sentId: string | null;
  /** Names; null: all that the model has. */
  readonly requestedOutputs: readonly string[] | null;
  /** A fresh id, without quotes; JSON must not need to escape it. */
  newId(): string;
}

/** In the order of the members, with views into the answer; null: its rows are not, or not certainly, those that were sent. */
export function splitInfer(split: InferSplit): readonly AssembledBody[] | null {
  const { answer, rows, requestedOutputs } = split;
  const { body, headerBytes, outputs, otherLengths } = answer;
  const total = rows.reduce((sum, count) => sum + count, 0);
  if (total > 1 && otherLengths.includes(total)) return null; // something for each row that nobody can name
  if (requestedOutputs?.every((name) => outputs.some((output) => output.name === name)) === false) return null;
  const cut = cutterOf(body);
  const edits: Edit[] = [editId(split)];
  const blobs: Piece[][] = rows.map(() => []);
  for (const output of outputs) {
    const shares = cutRows(body, output, rows);
    if (shares === null) return null;
    edits.push({ ...output.rowsText, texts: rows.map(String) }, editData(output, shares, cut));
    for (const list of output.lists)
      if (list.elements === output.shape[0]) edits.push(editList(answer, list, { rows, cut }));
    if (output.data.encoding === 'binary') {
      shares.forEach(({ start, end }, member) => {
        if (end > start) blobs[member]?.push(cut(start, end));
      });
    }
  }
  const texts = memberTexts(edits, { cut, textBytes: headerBytes, members: rows.length });
  // Without a byte of binary data the answer says nothing of a header, as Triton's does (protocol page A11).
  return texts.map((text, member) => assemble(text, blobs[member]?.length === 0 ? null : (blobs[member] ?? null)));
}

/** The data between its brackets, or the size of the blob. */
function editData({ data }: AnswerOutput, shares: readonly Span[], cut: Cut): Edit {
  if (data.encoding === 'binary') {
    return { ...data.sizeText, texts: shares.map(({ start, end }) => String(end - start)) };
  }
  return { ...insideOf(data.array), texts: shares.map(({ start, end }) => cut(start, end)) };
}

function editList({ body }: InferAnswer, list: ArrayScan, { rows, cut }: { rows: readonly number[]; cut: Cut }): Edit {
  return { ...insideOf(list), texts: cutElements(body, list, rows).map(({ start, end }) => cut(start, end)) };
}

function insideOf({ start, end }: ArrayScan): Span {
  return { start: start + 1, end: end - 1 };
}

/**
 * Everybody gets back the id that they sent. Who sent none gets none: not the one that we sent, and not somebody else's;
 * but where the runtime makes up an id for whoever has none, they get a fresh one.
 */
function editId({ answer, ids, sentId, newId }: InferSplit): Edit {
  const { id, firstKey } = answer;
  if (id === null) {
    return { start: firstKey, end: firstKey, texts: ids.map((own) => (own === null ? '' : `"id":${own},`)) };
  }
  const { field, value } = id;
  const text = (start: number, end: number): string => lexeme(answer.body, { start, end });
  const [before, answered, behind] = [
    text(field.start, value.start),
    text(value.start, value.end),
    text(value.end, field.end),
  ];
  const withId = (own: string): string => before + own + behind;
  const without = (): string => {
    if (answered === 'null' || answered === '""') return withId(answered); // no id either
    return answered === sentId ? '' : withId(`"${newId()}"`);
  };
  return { ...field, texts: ids.map((own) => (own === null ? without() : withId(own))) };
}
