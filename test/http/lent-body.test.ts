// Chunks that lie in a buffer of their source: lent to who gives them back, copied for everybody else.
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { LentBody } from '../../src/http/lent-body.ts';
import { tapBody } from '../../src/http/tap.ts';

/** A source with one buffer, which it overwrites as soon as it may. */
class Source {
  readonly body: LentBody;
  readonly calls: string[] = [];
  readonly #buffer = Buffer.alloc(4);

  constructor() {
    this.body = new LentBody({
      resume: () => this.calls.push('resume'),
      abandon: (lent) => this.calls.push(lent ? 'abandon, lent' : 'abandon'),
    });
  }

  give(text: string): boolean {
    this.#buffer.write(text, 'latin1');
    const free = this.body.give(this.#buffer.subarray(0, text.length));
    if (free) this.#buffer.fill('!');
    return free;
  }
}

describe('a body that is lent', () => {
  it('gives each chunk as it lies in the buffer, and ends', async () => {
    const source = new Source();
    const lent: Buffer[] = [];
    expect(source.body.lendTo((chunk) => lent.push(chunk) > 0)).toBe(true);
    expect(source.calls).toEqual(['resume']);
    source.give('abcd');
    expect(lent[0]?.toString()).toBe('!!!!'); // the very buffer
    source.body.finish();
    await once(source.body, 'end');
  });

  it('lends a chunk that came before anybody read as it lies, and asks for no second one', () => {
    const source = new Source();
    const chunk = Buffer.from('abcd');
    expect(source.body.give(chunk)).toBe(false);
    const lent: Buffer[] = [];
    source.body.lendTo((each) => lent.push(each) > 0);
    expect(lent[0]).toBe(chunk);
    expect(source.calls).toEqual(['resume']);
  });

  it('stops its source while a chunk is being written, until it is free', () => {
    const source = new Source();
    source.body.lendTo(() => false);
    expect(source.give('abcd')).toBe(false);
    source.body.freed();
    expect(source.calls).toEqual(['resume', 'resume']);
  });

  it('ends once, also when the last chunk is freed behind the end', async () => {
    const source = new Source();
    source.body.lendTo(() => false);
    source.give('abcd');
    source.body.finish();
    source.body.freed();
    await once(source.body, 'end');
    source.body.freed();
    expect(source.calls).toEqual(['resume']);
  });

  it('breaks with the error of its source, which is not told to stop', async () => {
    const source = new Source();
    source.body.lendTo(() => true);
    const failed = new Promise((resolve) => source.body.once('close', resolve));
    source.body.fail(new Error('gone'));
    await failed;
    expect([source.body.errored?.message, source.calls]).toEqual(['gone', ['resume']]);
  });

  it('tells its source when nobody wants the rest', async () => {
    const source = new Source();
    source.give('abcd');
    source.body.destroy();
    await once(source.body, 'close');
    expect(source.calls).toEqual(['abandon']);
    expect(source.give('efgh')).toBe(true); // dropped
  });

  it('tells its source that the last chunk may still be on its way', async () => {
    const source = new Source();
    source.body.lendTo(() => false);
    source.give('abcd');
    source.body.destroy();
    await once(source.body, 'close');
    expect(source.calls).toEqual(['resume', 'abandon, lent']);
  });

  it('shows copies to who looks on, also of a chunk that came before', () => {
    const source = new Source();
    source.give('ab');
    const seen: Uint8Array[] = [];
    tapBody(source.body, { chunk: (chunk) => seen.push(chunk), over: () => undefined });
    source.body.lendTo(() => true);
    source.give('cd');
    expect(Buffer.concat(seen).toString()).toBe('abcd');
  });
});

it('a body shows each chunk to all who look on', () => {
  const source = new Source();
  const seen: string[][] = [[], []];
  for (const chunks of seen) {
    tapBody(source.body, { chunk: (chunk) => chunks.push(String(chunk)), over: () => undefined });
  }
  source.give('ab');
  source.body.lendTo(() => true);
  source.give('cd');
  expect(seen).toEqual([
    ['ab', 'cd'],
    ['ab', 'cd'],
  ]);
});

describe('a body that is read as a stream', () => {
  it('has every byte, though the source uses its buffer again, and keeps the pace', async () => {
    const source = new Source();
    source.give('ab');
    const text = (async () => {
      let all = '';
      for await (const chunk of source.body) all += chunk;
      return all;
    })();
    await new Promise(setImmediate);
    expect(source.calls).toContain('resume');
    source.give('cd');
    source.give('ef');
    source.body.finish();
    expect(await text).toBe('abcdef');
  });

  it('is not lent any more', async () => {
    const source = new Source();
    source.give('ab');
    source.body.once('readable', () => undefined);
    await new Promise(setImmediate);
    expect(source.body.readableLength).toBe(2);
    expect(source.body.lendTo(() => true)).toBe(false);
  });
});

it('chunks that came before anybody read are held where they lie, and lent in their order', () => {
  const body = new LentBody({ resume: () => undefined, abandon: () => undefined });
  const buffer = Buffer.from('abcd');
  expect([body.give(buffer.subarray(0, 2)), body.unread, body.give(buffer.subarray(2))]).toEqual([false, true, false]);
  const lent: Buffer[] = [];
  body.lendTo((chunk) => lent.push(chunk) > 0);
  expect([lent.map(String), lent[1]?.buffer === buffer.buffer, body.unread]).toEqual([['ab', 'cd'], true, false]);
});
