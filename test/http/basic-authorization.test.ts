import { describe, expect, it } from 'vitest';
import { basicAuthorization } from '../../src/http/basic-authorization.ts';

const pairOf = (url: string): string | null => {
  const header = basicAuthorization(new URL(url));
  return header === null ? null : Buffer.from(header.replace(/^Basic /, ''), 'base64').toString();
};

describe('the user part of a URL', () => {
  it.each([
    ['http://user:pass@host/', 'user:pass'],
    ['http://user@host/', 'user:'],
    ['http://us%C3%A9r:p%40ss%2F@host/', 'usér:p@ss/'],
    ['http://user:100%@host/', 'user:100%'], // a lone percent sign stands for itself
    ['http://host/', null],
  ])('of %s is sent as %j', (url, pair) => {
    expect(pairOf(url)).toBe(pair);
  });
});
