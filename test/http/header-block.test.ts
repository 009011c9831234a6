import { expect, it } from 'vitest';
import { FlatHeaderBlock, noFields } from '../../src/http/header-block.ts';
import { readTrailers } from '../../src/http/trailers.ts';

const block = new FlatHeaderBlock(['B', '1', 'a', '2', 'b', '3', '__proto__', '4']);

it('gives the first field of a name in any case', () => {
  expect([block.get('b'), block.get('B'), block.get('A'), block.get('__PROTO__')]).toEqual(['1', '1', '2', '4']);
});

it('has nothing that was not sent', () => {
  expect([block.get('c'), block.get(''), block.get('constructor'), noFields.get('b')]).toEqual(
    Array(4).fill(undefined),
  );
});

it('iterates in wire order with duplicates, as often as asked', () => {
  const pairs = [
    ['B', '1'],
    ['a', '2'],
    ['b', '3'],
    ['__proto__', '4'],
  ];
  expect([[...block], [...block], [...noFields]]).toEqual([pairs, pairs, []]);
});

it('writes behind what is there', () => {
  const into = ['X', '0'];
  expect(block.write(into)).toBe(into);
  expect(into).toEqual(['X', '0', 'B', '1', 'a', '2', 'b', '3', '__proto__', '4']);
});

it('trailers pass but for those that frame, route or authorise', () => {
  const hostile = [
    'Content-Length',
    'Transfer-Encoding',
    'Host',
    'TE',
    'Trailer',
    'Connection',
    'keep-alive',
    'Upgrade',
  ];
  const secrets = ['Authorization', 'Cookie', 'Set-Cookie', 'X-Forwarded-For', 'Forwarded', 'Content-Encoding'];
  const raw = [...hostile, ...secrets].flatMap((name) => [name, 'x']);
  expect(readTrailers(raw)).toBeNull();
  expect(readTrailers([])).toBeNull();
  expect([...(readTrailers(['Grpc-Status', '0', ...raw, 'X-Sum', '1']) ?? [])]).toEqual([
    ['Grpc-Status', '0'],
    ['X-Sum', '1'],
  ]);
});

it('writes itself as HTTP/1.1 does, in the bytes that it announced', () => {
  const block = new FlatHeaderBlock(['Accept', '*/*', 'X', '\xe9', 'Empty', '']);
  const target = Buffer.alloc(block.wireBytes + 4, '.');
  expect(block.copyTo(target, 2)).toBe(target.length - 2);
  expect(target.toString('latin1')).toBe('..Accept: */*\r\nX: \xe9\r\nEmpty: \r\n..');
});
