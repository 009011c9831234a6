import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type ModelLimitsOptions, openModelLimits } from '../../../src/batcher/limits/model-limits.ts';
import { type ScriptedPage, scriptedPages } from '../../support/scripted-pages.ts';

const metadata = { name: 'm', inputs: [{ name: 'x', shape: [-1, 2] }], outputs: [{ name: 'y', shape: [-1] }] };
const silent = { name: 'sk', versions: [], platform: '', inputs: [], outputs: [] };
const config = (rows: number) => ({ max_batch_size: rows, input: [], output: [], instance_group: [] });
const m = '/v2/models/m';
const triton = (rows: number) => ({ [m]: metadata, [`${m}/config`]: config(rows) });

function open(pages: Readonly<Record<string, ScriptedPage>>, options: Partial<ModelLimitsOptions> = {}) {
  const runtime = scriptedPages(pages);
  const clock = { ms: 5_000 };
  const lines: string[] = [];
  const write = (_: object, message: string) => void lines.push(message);
  const log = { debug: () => undefined, info: write, warn: write, error: write };
  const book = openModelLimits({ ask: runtime.ask, trusted: [], log, nowMs: () => clock.ms, ...options });
  /** Looks, lets what that began come to its end, and looks again. */
  const learn = async (path = m, model = 'm') => {
    book.look(path, { model, protocol: 'http1' });
    await turn();
    return book.look(path, { model, protocol: 'http1' });
  };
  return { ...runtime, book, clock, lines, learn };
}

describe('a model', () => {
  it('is not known at the first look, and read once however many look', async () => {
    const { book, asked } = open(triton(8));
    for (let i = 0; i < 100; i += 1) expect(book.look(m, { model: 'm', protocol: 'http1' })).toBeNull();
    await turn();
    expect(asked).toEqual([m, `${m}/config`]);
    expect(book.look(m, { model: 'm', protocol: 'http1' })).toMatchObject({ batchable: true, maxRows: 8 });
    expect(asked.length).toBe(2);
  });

  it('is told to the log once, and again when it is another one', async () => {
    const { book, learn, lines, pages } = open(triton(8));
    await learn();
    book.refresh('m');
    await turn();
    pages.set(`${m}/config`, config(0));
    book.refresh('m');
    await turn();
    expect(lines).toEqual([
      'model "m" is batched: its config says max_batch_size 8',
      'model "m" is not batched: its config says max_batch_size 0',
    ]);
  });

  it('of a runtime without configs is what its metadata says', async () => {
    expect(await open({ [m]: metadata }).learn()).toMatchObject({ batchable: true, maxRows: null });
    expect(await open({ [m]: metadata, [`${m}/config`]: 501 }).learn()).toMatchObject({ batchable: true });
  });

  it('that hides its config is not what its metadata says: one that never batches looks the same', async () => {
    for (const status of [401, 403]) {
      expect(await open({ [m]: metadata, [`${m}/config`]: status }).learn()).toMatchObject({ batchable: false });
    }
    for (const status of [500, 503, 429]) {
      expect(await open({ [m]: metadata, [`${m}/config`]: status }).learn()).toBeNull();
    }
  });

  it('that appears between the two questions is not taken for one without a config', async () => {
    const { pages, learn, hold, book } = open({});
    const answer = hold();
    book.look(m, { model: 'm', protocol: 'http1' });
    for (const [path, page] of Object.entries(triton(0))) pages.set(path, page);
    answer();
    expect(await learn()).toMatchObject({ batchable: false });
  });

  it('has one entry however its path is spelled, and none when that is no UTF-8 or too long', async () => {
    const { book, asked, learn } = open(triton(8));
    await learn();
    expect(book.look('/v2/models/%6d', { model: 'm', protocol: 'http1' })).toMatchObject({ maxRows: 8 });
    expect(book.look('/v2/models/%ff', { model: '?', protocol: 'http1' })).toBeNull();
    expect(book.look(`/v2/models/${'a'.repeat(600)}`, { model: 'a', protocol: 'http1' })).toBeNull();
    expect(asked.length).toBe(2);
    expect(book.entries().map(({ modelPath }) => modelPath)).toEqual([m]);
  });
});

describe('a model that says nothing', () => {
  const sk = '/v2/models/sk';

  it('is not batched, and the log names the remedy', async () => {
    const { learn, lines } = open({ [sk]: silent });
    expect(await learn(sk, 'sk')).toMatchObject({ batchable: false });
    const why = 'its metadata names no inputs; if its rows are independent of each other: --batcher-models sk';
    expect(lines).toEqual([`model "sk" is not batched: ${why}`]);
  });

  it.each([['sk'], ['*']])('is batched without a limit when --batcher-models is %s', async (trusted) => {
    const unlimited = { batchable: true, maxRows: null, slots: null };
    expect(await open({ [sk]: silent }, { trusted: ['x', trusted] }).learn(sk, 'sk')).toMatchObject(unlimited);
    expect(await open({}, { trusted: [trusted] }).learn(sk, 'sk')).toMatchObject(unlimited);
    expect(await open({ [sk]: new Error('reset') }, { trusted: [trusted] }).learn(sk, 'sk')).toMatchObject(unlimited);
  });

  it('is trusted by its own name only, and never against its word', async () => {
    expect(await open({ [sk]: silent }, { trusted: ['m'] }).learn(sk, 'sk')).toMatchObject({ batchable: false });
    expect(await open(triton(0), { trusted: ['*'] }).learn()).toMatchObject({ batchable: false });
    const fixed = { ...metadata, inputs: [{ name: 'x', shape: [1, 2] }] };
    for (const status of [404, 403, 500]) {
      const pages = { [m]: fixed, [`${m}/config`]: status };
      expect(await open(pages, { trusted: ['*'] }).learn()).toMatchObject({ batchable: false });
    }
    expect(await open(triton(4), { trusted: ['*'] }).learn()).toMatchObject({ maxRows: 4 });
  });

  it('is nothing to tell when the runtime answers any path with the same page', async () => {
    const { learn, lines } = open({ [m]: { ok: true }, [`${m}/config`]: { ok: true } });
    expect(await learn()).toBeNull();
    expect(lines).toEqual([]);
  });
});

describe('what is known', () => {
  it('is read again after a minute, by the request that comes then, and holds meanwhile', async () => {
    const { book, clock, asked, learn, pages } = open(triton(8));
    await learn();
    pages.set(`${m}/config`, config(16));
    clock.ms += 59_999;
    book.look(m, { model: 'm', protocol: 'http1' });
    expect(asked.length).toBe(2);
    clock.ms += 1;
    expect(book.look(m, { model: 'm', protocol: 'http1' })).toMatchObject({ maxRows: 8 });
    await turn();
    expect(asked.length).toBe(4);
    expect(book.look(m, { model: 'm', protocol: 'http1' })).toMatchObject({ maxRows: 16 });
  });

  it('outlives a runtime that does not answer, but not a model that is gone', async () => {
    const { clock, pages, learn } = open(triton(8));
    await learn();
    pages.set(m, new Error('refused'));
    clock.ms += 60_000;
    expect(await learn()).toMatchObject({ maxRows: 8 });
    pages.clear();
    clock.ms += 60_000;
    expect(await learn()).toBeNull();
  });

  it('is void from the moment of a load, in all versions, and read again at once', async () => {
    const versioned = `${m}/versions/2`;
    const pages = { ...triton(8), [versioned]: metadata, [`${versioned}/config`]: config(4) };
    const { book, learn, asked, ...runtime } = open({ ...pages, '/v2/models/n': metadata });
    await learn();
    expect(await learn(versioned)).toMatchObject({ maxRows: 4 });
    await learn('/v2/models/n', 'n');
    const before = asked.length;
    runtime.pages.set(`${versioned}/config`, config(2));
    book.refresh('m');
    expect([
      book.look(m, { model: 'm', protocol: 'http1' }),
      book.look(versioned, { model: 'm', protocol: 'http1' }),
    ]).toEqual([null, null]);
    expect(book.look('/v2/models/n', { model: 'n', protocol: 'http1' })).toMatchObject({ batchable: true });
    await turn();
    expect(asked.length).toBe(before + 4);
    expect(book.look(versioned, { model: 'm', protocol: 'http1' })).toMatchObject({ maxRows: 2 });
  });

  it('is never what was read before a load', async () => {
    const { book, hold, pages } = open(triton(8));
    book.look(m, { model: 'm', protocol: 'http1' });
    const answer = hold();
    await turn(); // its config, as it is, is on its way
    pages.set(`${m}/config`, config(2));
    book.refresh('m');
    answer();
    await turn();
    expect(book.look(m, { model: 'm', protocol: 'http1' })).toMatchObject({ maxRows: 2 });
  });

  it('is read again when a batch throws doubt on it, at most once a second, and holds meanwhile', async () => {
    const { book, clock, asked, learn } = open(triton(8));
    await learn();
    book.doubt('m');
    expect(book.look(m, { model: 'm', protocol: 'http1' })).toMatchObject({ maxRows: 8 });
    await turn();
    expect(asked.length).toBe(2);
    clock.ms += 1_000;
    expect(await learn()).toMatchObject({ maxRows: 8 });
    expect(asked.length).toBe(4);
    clock.ms += 1_000;
    book.doubt('n');
    await learn();
    expect(asked.length).toBe(4);
  });

  it('is asked about in the protocol that its requests have', async () => {
    const { book, protocols, clock, learn } = open(triton(8));
    await learn();
    clock.ms += 60_000;
    book.look(m, { model: 'm', protocol: 'http2' });
    await turn();
    expect(protocols).toEqual(['http1', 'http1', 'http2', 'http2']);
  });
});

describe('a model that cannot be read', () => {
  it('is asked for after 1 s, doubled up to a minute, and only while requests come', async () => {
    const { clock, asked, learn } = open({ [m]: new Error('refused') });
    const waits: number[] = [];
    await learn();
    for (let i = 0; i < 8; i += 1) {
      const [startMs, before] = [clock.ms, asked.length];
      while (asked.length === before) {
        clock.ms += 1_000;
        await learn();
      }
      waits.push((clock.ms - startMs) / 1_000);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
  });

  it('because it is not there is asked for every 10 s at least, and is nothing for the log', async () => {
    const { clock, learn, lines, pages } = open({});
    for (let i = 0; i < 8; i += 1) {
      clock.ms += 10_000;
      expect(await learn()).toBeNull();
    }
    expect(lines).toEqual([]);
    for (const [path, page] of Object.entries(triton(8))) pages.set(path, page);
    clock.ms += 10_000;
    expect(await learn()).toMatchObject({ maxRows: 8 });
  });
});

describe('names that clients make up', () => {
  it('cost no more than four readings at once', async () => {
    const { book, asked, hold } = open({});
    const answer = hold();
    for (let i = 0; i < 50; i += 1) book.look(`/v2/models/x${i}`, { model: `x${i}`, protocol: 'http1' });
    expect(asked.length).toBe(4);
    answer();
    await turn();
    expect(asked.length).toBe(8); // and its config, of each
  });

  it('cost no more than fifty readings a second, and a known model waits for none of them', async () => {
    const { book, clock, asked, learn, pages } = open(triton(8));
    await learn();
    pages.set(`${m}/config`, config(2));
    clock.ms += 60_000;
    for (let i = 0; i < 200; i += 1) {
      book.look(`/v2/models/x${i}`, { model: `x${i}`, protocol: 'http1' });
      await turn();
    }
    expect(asked.length).toBe(2 + 2 * 50);
    expect(await learn()).toMatchObject({ maxRows: 2 });
    expect(book.entries()[0]).toMatchObject({ modelPath: m, maxRows: 2 });
  });

  it('push out no known model, and are forgotten themselves', async () => {
    const { book, clock, learn } = open(triton(8));
    await learn();
    for (let i = 0; i < 1_500; i += 1) {
      clock.ms += 20;
      await learn(`/v2/models/x${i}`, `x${i}`);
    }
    expect(book.look(m, { model: 'm', protocol: 'http1' })).toMatchObject({ maxRows: 8 });
    expect(book.size).toBe(1_001);
    expect(book.entries().length).toBe(100);
  });
});

it('of very many known models the ones that were read last stay', async () => {
  const pages = Object.fromEntries(Array.from({ length: 1_100 }, (_, i) => [`/v2/models/k${i}`, metadata]));
  const { book, clock, learn } = open(pages);
  for (let i = 0; i < 1_100; i += 1) {
    clock.ms += 20;
    expect(await learn(`/v2/models/k${i}`, `k${i}`)).toMatchObject({ batchable: true });
  }
  expect(book.size).toBe(1_000);
  expect(book.look('/v2/models/k100', { model: 'k100', protocol: 'http1' })).not.toBeNull();
  expect(book.look('/v2/models/k99', { model: 'k99', protocol: 'http1' })).toBeNull();
});
