// What a journal says: the last word on each file, and nothing when it cannot be read.
import { expect, it } from 'vitest';
import { type JournalRecord, replayJournal } from '../../../src/storage/folder/journal-replay.ts';

const opened: JournalRecord = { is: 'opened', layout: 1, marker: 'SUCCESS.1', bootId: 'boot' };
const file = (number: number, path: string) => ({ number, path, key: path, version: 'v', bytes: 10 });
const part = (number: number, first: number, last: number): JournalRecord => ({
  is: 'part',
  number,
  first,
  last,
  crcs: {},
});
const stamp = { bytes: 10, mtimeMs: 1_000, inode: 5 };
const completed = (number: number, path: string): JournalRecord => {
  return { is: 'completed', ...file(number, path), checksums: { md5: 'x' }, stamp, inPlace: false };
};

function textOf(...records: readonly object[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('');
}

it('of parts that overlap one counts, and they come in order', () => {
  const text = textOf(
    opened,
    { is: 'begun', ...file(1, 'a') },
    part(1, 5, 9),
    part(1, 0, 4),
    part(1, 4, 6),
    part(1, 9, 8),
  );
  const parts = replayJournal(text, 'boot')?.entries.get('a')?.parts;
  expect(parts?.map(({ first, last }) => [first, last])).toEqual([
    [0, 4],
    [5, 9],
  ]);
});

it('after a reboot completed files count if they were synced', () => {
  const text = textOf(opened, completed(1, 'a'), completed(2, 'b'), { is: 'synced', numbers: [2] });
  const left = (bootId: string | null) =>
    [...(replayJournal(text, bootId)?.entries.values() ?? [])].map((entry) => entry.completed !== null);
  expect(left('boot')).toEqual([true, true]);
  expect(left('another')).toEqual([false, true]);
  expect(left(null)).toEqual([false, true]);
});

it('a reboot between two openings counts too', () => {
  const text = textOf({ ...opened, bootId: 'before' }, completed(1, 'a'), opened, completed(2, 'b'));
  const entries = replayJournal(text, 'boot')?.entries;
  expect(entries?.get('a')?.completed).toBeNull();
  expect(entries?.get('b')?.completed).not.toBeNull();
});

it('a restart takes back all that was said of a file', () => {
  const text = textOf(opened, completed(1, 'a'), { is: 'synced', numbers: [1] }, { is: 'restarted', number: 1 });
  expect(replayJournal(text, 'boot')?.entries.get('a')).toMatchObject({ completed: null, parts: [], synced: false });
});

it.each([
  ['nothing', ''],
  ['half a line', '{"is":"opened"'],
  ['no JSON', `${textOf(opened)}nonsense\n`],
  ['a block of zeros, as power cuts leave them', `${textOf(opened)}${'\0'.repeat(512)}\n`],
  ['a word that we do not have', textOf(opened, { is: 'else' })],
  ['null', textOf(opened).concat('null\n')],
  ['parts of a file that it does not know', textOf(opened, part(3, 0, 1))],
  ['a file without a path', textOf(opened, { is: 'begun', number: 1 })],
  ['another layout', textOf({ ...opened, layout: 2 })],
  ['files before it was opened', textOf(completed(1, 'a'))],
  ['two markers', textOf(opened, { ...opened, marker: 'SUCCESS.2' })],
])('of a journal with %s nothing is believed', (_, text) => {
  expect(replayJournal(text, 'boot')).toBeNull();
});

it('a cut at any byte leaves what the whole lines before it say', () => {
  const text = textOf(opened, { is: 'begun', ...file(1, 'a') }, part(1, 0, 4), part(1, 5, 9), completed(1, 'a'));
  for (let bytes = 0; bytes < text.length; bytes += 1) {
    const cut = text.slice(0, bytes);
    const whole = cut.slice(0, cut.lastIndexOf('\n') + 1);
    expect(replayJournal(cut, 'boot')).toEqual(replayJournal(whole, 'boot'));
  }
});

it('a hundred thousand files are as many lines', () => {
  const numbers = Array.from({ length: 100_000 }, (_, nth) => nth + 1);
  const text = textOf(opened, ...numbers.map((number) => completed(number, `file${number}`)));
  expect(replayJournal(text, 'boot')?.entries.size).toBe(100_000);
});
