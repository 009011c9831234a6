// Where a URL leads in the end, and what is said to whom on the way.
import { describe, expect, it } from 'vitest';
import { OutriggerError } from '../../../src/errors.ts';
import type { HttpLane } from '../../../src/storage/http/http-client.ts';
import { followRedirects, nextHop } from '../../../src/storage/http/redirects.ts';
import { get, openClient } from './exchanges.ts';
import { type Script, ScriptedStore } from './scripted-store.ts';

const { signal } = new AbortController();
const ok = 'HTTP/1.1 200 OK\r\nETag: "e"\r\nContent-Length: 5\r\n';
const anywhere = { reach: 'anywhere', signal } as const;

/** Paths of the form /302?<where> redirect; others answer. */
const redirecting: Script = (socket, { text }) => {
  const [, status, location] = /^\S+ \/(30\d)\?(\S*) /.exec(text) ?? [];
  if (status === undefined) socket.write(text.startsWith('HEAD') ? `${ok}\r\n` : `${ok}\r\nhello`);
  else
    socket.write(
      `HTTP/1.1 ${status} Go\r\nLocation: ${location}\r\nContent-Length: 2\r\n\r\n${text.startsWith('HEAD') ? '' : 'go'}`,
    );
};

describe('a hop', () => {
  const secrets = [
    ['Authorization', 'Bearer t'],
    ['Cookie', 'c=1'],
    ['X-Custom', '1'],
    ['Accept-Encoding', 'gzip'],
  ] as const;
  const request = get(new URL('https://user:pass@a.example/dir/x?sig=1'), { headers: secrets });

  it.each([
    ['/y', 'https://user:pass@a.example/y'],
    ['y?b', 'https://user:pass@a.example/dir/y?b'],
    ['https://a.example/y', 'https://user:pass@a.example/y'],
    ['https://A.EXAMPLE:443/y', 'https://user:pass@a.example/y'],
    ['https://me@a.example/y#part', 'https://me@a.example/y'],
  ])('to %s on the same host says all that was said before', (location, href) => {
    const next = nextHop(request, location);
    expect(next.url.href).toBe(href);
    expect(next.headers).toEqual(secrets);
  });

  it.each([
    ['https://b.example/y', 'https://b.example/y'],
    ['//b.example/y', 'https://b.example/y'],
    ['https://a.example:444/y', 'https://a.example:444/y'],
    ['https://x.a.example/y', 'https://x.a.example/y'],
    ['https://other@b.example/y', 'https://other@b.example/y'],
    ['\\\\b.example/y', 'https://b.example/y'],
  ])('to %s on another host says only what anybody may hear, and never again more', (location, href) => {
    const next = nextHop(request, location);
    expect(next.url.href).toBe(href);
    expect(next.headers).toEqual([['Accept-Encoding', 'gzip']]);
    expect(nextHop(next, request.url.href).headers).toEqual([['Accept-Encoding', 'gzip']]);
  });

  it('from http to https is another host too', () => {
    const plain = { ...request, url: new URL('http://user@a.example/') };
    expect(nextHop(plain, 'https://a.example/').headers).toEqual([['Accept-Encoding', 'gzip']]);
    expect(nextHop(plain, 'https://a.example/').url.href).toBe('https://a.example/');
  });

  it.each(['http://a.example/', 'ftp://a.example/', 'file:///etc/passwd', 'data:,x', 'http://', 'https://a b/'])(
    'to %s is refused, without a word of the path',
    (location) => {
      expect(() => nextHop(request, location)).toThrow(OutriggerError);
      expect(() => nextHop(request, location)).toThrow(/^a\.example: [^?]*$/);
    },
  );
});

describe('a URL', () => {
  it.each(['GET', 'HEAD'] as const)(
    'leads through every kind of redirect to the last answer, by %s',
    async (method) => {
      await using end = await ScriptedStore.open(redirecting);
      await using store = await ScriptedStore.open(redirecting);
      const hops = ['/301?/302?/303?/307?/308?', end.url('/end?sig=1').href].join('');
      const request = get(store.url(hops), { method, headers: [['Authorization', 'Bearer t']] });
      const found = await followRedirects(openClient(), request, anywhere);
      expect(found.request).toEqual(get(end.url('/end?sig=1')));
      expect([found.head.status, found.head.headers.get('etag'), found.hops]).toEqual([200, '"e"', 5]);
      for (const { text } of store.asked) expect(text).toContain('Authorization: Bearer t');
      expect(end.asked[0]?.text).not.toContain('Authorization');
      for (const { text } of [...store.asked, ...end.asked])
        expect(text.includes('Range: bytes=0-0')).toBe(method === 'GET');
      expect(store.connections).toBe(1);
    },
  );

  it('that refuses HEAD is asked for its first byte', async () => {
    await using store = await ScriptedStore.open((socket, asked) => {
      if (asked.text.startsWith('HEAD')) socket.write('HTTP/1.1 403 No\r\nContent-Length: 9\r\n\r\n');
      else redirecting(socket, asked);
    });
    const found = await followRedirects(openClient(), get(store.url('/302?/end'), { method: 'HEAD' }), anywhere);
    expect(found).toMatchObject({ hops: 1, head: { status: 200 }, request: { method: 'GET', range: null } });
  });

  it('keeps its range and its body out of what is returned', async () => {
    await using store = await ScriptedStore.open(redirecting);
    const found = await followRedirects(openClient(), get(store.url(), { range: { first: 3, last: 4 } }), anywhere);
    expect([found.request.range, found.hops, store.asked.length]).toEqual([null, 0, 1]);
  });

  it('whose redirect says not where is answered with that', async () => {
    await using store = await ScriptedStore.open((socket) =>
      socket.write('HTTP/1.1 302 Go\r\nContent-Length: 0\r\n\r\n'),
    );
    expect((await followRedirects(openClient(), get(store.url()), anywhere)).head.status).toBe(302);
  });

  it.each([
    ['in a loop', '/302?/loop', 2],
    ['once too often', '/302?/302?/302?/302?/302?/302?/end', 6],
    ['to nowhere', '/302?ftp://x/', 1],
  ])('that leads %s is STORE_FAILED', async (_, path, asks) => {
    await using store = await ScriptedStore.open((socket, asked) => {
      redirecting(socket, { ...asked, text: asked.text.replace(' /loop ', ' /302?/302?/loop ') });
    });
    const asked = followRedirects(openClient(), get(store.url(path)), anywhere);
    await expect(asked).rejects.toMatchObject({ code: 'STORE_FAILED' });
    expect(store.asked.length).toBe(asks);
  });

  it.each([
    ['anywhere', 'http://169.254.169.254/latest/meta-data/'],
    ['anywhere', 'http://[fd00:ec2::254]/'],
    ['public', 'http://10.0.0.1/'],
    ['public', 'http://localhost/'],
    ['public', 'http://[::1]/'],
    ['public', 'http://0x7f.1/'],
  ] as const)('with reach %s that leads to %s is ADDRESS_REFUSED', async (reach, location) => {
    await using store = await ScriptedStore.open(redirecting);
    // The first host is here and stands for a public one: only what it leads to is under the rule.
    const [first, next] = [openClient().openLane('anywhere'), openClient().openLane(reach)];
    const lane: HttpLane = {
      fetch: (asked, receiver) => (asked.url.host === store.url().host ? first : next).fetch(asked, receiver),
      close() {
        first.close();
        next.close();
      },
    };
    const asked = followRedirects({ openLane: () => lane }, get(store.url(`/302?${location}`)), { reach, signal });
    await expect(asked).rejects.toMatchObject({ code: 'ADDRESS_REFUSED' });
    expect(store.asked.length).toBe(1);
  });

  it('that nobody answers is given up when the signal says so', async () => {
    await using store = await ScriptedStore.open(() => undefined);
    const asked = followRedirects(openClient(), get(store.url()), {
      reach: 'anywhere',
      signal: AbortSignal.timeout(30),
    });
    await expect(asked).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});
