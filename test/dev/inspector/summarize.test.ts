// What a list decodes, and what it leaves to who opens an exchange.
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { summarize, summarizeAll } from '../../../src/dev/inspector/summarize.ts';
import { FlatHeaderBlock } from '../../../src/http/header-block.ts';
import { seenExchange } from '../../support/seen-exchanges.ts';

function ofBytes(id: number, bytes: number) {
  const seen = seenExchange(id);
  const empty = '{"inputs":[{"name":"x","datatype":"BYTES","shape":[1],"data":[""]}]}';
  seen.requestCopy.add(Buffer.from(empty.replace('""', `"${'y'.repeat(bytes - empty.length)}"`)));
  seen.requestOver = true;
  return seen;
}
const names = (summaries: ReturnType<typeof summarizeAll>) => summaries.map(({ inputs }) => inputs.length);

it('bodies beyond 64 KiB are not decoded for a line', () => {
  expect(names(summarizeAll([ofBytes(1, 65_536), ofBytes(2, 65_537)]))).toEqual([1, 0]);
});

it('of many large ones the newest are decoded, and the others when they are listed again', () => {
  const many = Array.from({ length: 20 }, (_, at) => ofBytes(at, 60_000));
  expect(names(summarizeAll(many))).toEqual([...Array(3).fill(0), ...Array(17).fill(1)]);
  expect(names(summarizeAll(many))).toEqual(Array(20).fill(1));
});

it('small ones are decoded though large ones are among them', () => {
  const large = Array.from({ length: 10 }, (_, at) => ofBytes(at, 200_000));
  expect(names(summarizeAll([ofBytes(11, 100), ...large]))).toEqual([1, ...Array(10).fill(0)]);
});

it('few bytes that unpack to many count as many', () => {
  const ofPacked = (id: number, bytes: number) => {
    const seen = seenExchange(id, { request: { headers: new FlatHeaderBlock(['content-encoding', 'gzip']) } });
    const text = `{"inputs":[{"name":"x","datatype":"INT8","shape":[1],"data":[${'0,'.repeat(bytes / 2)}0]}]}`;
    seen.requestCopy.add(gzipSync(text));
    seen.requestOver = true;
    return seen;
  };
  const many = Array.from({ length: 40 }, (_, at) => ofPacked(at, 60_000));
  expect(names(summarizeAll(many)).filter((inputs) => inputs === 1)).toHaveLength(17);
  expect(names(summarizeAll([ofPacked(1, 60_000), ofPacked(2, 70_000)]))).toEqual([1, 0]);
});

it('what was decoded stays in the line when the body makes room', () => {
  const seen = ofBytes(1, 100);
  const before = summarize(seen);
  seen.dropBodies();
  expect(summarize(seen)).toEqual({ ...before, kept: false });
  const late = ofBytes(2, 100);
  late.dropBodies();
  expect(summarize(late)).toMatchObject({ inputs: [], requestBytes: 100, kept: false });
});
