import { expect, it } from 'vitest';
import { HeadCache } from '../../../src/lanes/wire/head-cache.ts';

interface Kept {
  readonly bytes: number;
}

function headIn(text: string): Kept {
  return { bytes: text.indexOf('\r\n\r\n') + 4 };
}

const text = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const head = headIn(text);
const cacheWith = (): HeadCache<Kept> => {
  const cache = new HeadCache<Kept>();
  const bytes = Buffer.from(text);
  cache.keep(bytes, 0, head);
  bytes.fill(0); // the cache has a copy
  return cache;
};

it('finds nothing before it keeps something', () => {
  expect(new HeadCache<Kept>().find(Buffer.from(text), 0, text.length)).toBeNull();
});

it('finds the same head again, wherever it stands and whatever follows', () => {
  const cache = cacheWith();
  expect(cache.find(Buffer.from(text), 0, text.length)).toBe(head);
  const amid = Buffer.from(`xxx${text}body`);
  expect(cache.find(amid, 3, amid.length)).toBe(head);
});

it('takes no beginning for the whole, though what is behind the end would complete it', () => {
  const cache = cacheWith();
  const bytes = Buffer.from(text);
  for (let end = 0; end < text.length; end++) expect(cache.find(bytes, 0, end), String(end)).toBeNull();
});

it('sees a difference in any byte', () => {
  const cache = cacheWith();
  for (let at = 0; at < text.length; at++) {
    const bytes = Buffer.from(text);
    bytes[at] = (bytes[at] as number) ^ 1;
    expect(cache.find(bytes, 0, bytes.length), String(at)).toBeNull();
  }
});

it('keeps the last one only', () => {
  const cache = cacheWith();
  const next = 'GET /longer/than/before HTTP/1.1\r\nHost: a\r\n\r\n';
  const nextHead = headIn(next);
  cache.keep(Buffer.from(next), 0, nextHead);
  expect(cache.find(Buffer.from(text), 0, text.length)).toBeNull();
  expect(cache.find(Buffer.from(next), 0, next.length)).toBe(nextHead);
});

it('of a client that never repeats itself looks again now and then', () => {
  const cache = new HeadCache<Kept>();
  const turn = (path: string): boolean => {
    const bytes = Buffer.from(text.replace('/', path));
    if (cache.find(bytes, 0, bytes.length) !== null) return true;
    cache.keep(bytes, 0, headIn(bytes.toString()));
    return false;
  };
  for (let i = 0; i < 100; i++) expect(turn(`/${i}`)).toBe(false);
  const repeats = Array.from({ length: 40 }, () => turn('/same'));
  expect(repeats.indexOf(true)).toBeGreaterThan(0);
  expect(repeats.slice(repeats.indexOf(true))).not.toContain(false);
});

it('keeps no huge head', () => {
  const cache = new HeadCache<Kept>();
  const huge = text.replace('/', `/${'a'.repeat(5000)}`);
  cache.keep(Buffer.from(huge), 0, headIn(huge));
  expect(cache.find(Buffer.from(huge), 0, huge.length)).toBeNull();
});
