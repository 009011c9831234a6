import { describe, expect, it } from 'vitest';
import { addForwarding, appendForwardedFor, buildForwarded } from '../../src/http/forwarded.ts';

const fields = (forwardedFor?: string, forwardedHost?: string, forwardedProto?: string) => ({
  forwardedFor,
  forwardedHost,
  forwardedProto,
});

describe('Forwarded built from X-Forwarded-*', () => {
  it.each([
    [fields(), null],
    [fields('', '', ''), null],
    [fields('a'), 'for=a'],
    [fields('a, b'), 'for=a, for=b'],
    [fields('a,b ,  c'), 'for=a, for=b, for=c'],
    [fields('a, b', 'h', 'p'), 'for=a;host=h;proto=p, for=b'],
    [fields('a', undefined, 'p'), 'for=a;proto=p'],
    [fields(undefined, 'h', 'p'), 'host=h;proto=p'],
    [fields(undefined, 'h'), 'host=h'],
    [fields(undefined, undefined, 'https'), 'proto=https'],
    [fields('::1'), 'for="[::1]"'],
    [fields('2001:db8::1, 10.0.0.1', 'h'), 'for="[2001:db8::1]";host=h, for=10.0.0.1'],
    [fields('10.0.0.1, fe80::1'), 'for=10.0.0.1, for="[fe80::1]"'],
  ])('%j becomes %j', (received, forwarded) => {
    expect(buildForwarded(received)).toBe(forwarded);
  });
});

describe('X-Forwarded-For', () => {
  it.each([
    [undefined, '10.0.0.9', '10.0.0.9'],
    ['', '10.0.0.9', '10.0.0.9'],
    ['a, b', '10.0.0.9', 'a, b, 10.0.0.9'],
    ['a', '::1', 'a, ::1'],
    [undefined, '::ffff:10.0.0.9', '10.0.0.9'],
    [' weird ,, ', '10.0.0.9', ' weird ,, , 10.0.0.9'],
  ])('%j and the client %s become %j', (received, client, appended) => {
    expect(appendForwardedFor(received, client)).toBe(appended);
  });
});

describe('what is added to a request', () => {
  it('is the client alone when nothing was received', () => {
    const flat = ['A', '1'];
    addForwarding(flat, fields(), '10.0.0.9', false);
    expect(flat).toEqual(['A', '1', 'X-Forwarded-For', '10.0.0.9']);
  });

  it('describes in Forwarded the hops before this one', () => {
    const flat: string[] = [];
    addForwarding(flat, fields('a', 'h', 'https'), '10.0.0.9', false);
    expect(flat).toEqual(['X-Forwarded-For', 'a, 10.0.0.9', 'Forwarded', 'for=a;host=h;proto=https']);
  });

  it('leaves a Forwarded that is there alone', () => {
    const flat = ['Forwarded', 'for=x'];
    addForwarding(flat, fields('a'), '10.0.0.9', true);
    expect(flat).toEqual(['Forwarded', 'for=x', 'X-Forwarded-For', 'a, 10.0.0.9']);
  });
});
