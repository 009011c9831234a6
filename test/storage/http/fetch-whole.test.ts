// Small documents of a store, whole: any status, a bound, an abort, and errors with the codes that callers know.
import { describe, expect, it } from 'vitest';
import { fetchWhole } from '../../../src/storage/http/fetch-whole.ts';
import { eventually } from '../../support/eventually.ts';
import { get, openLane } from './exchanges.ts';
import { type Script, ScriptedStore } from './scripted-store.ts';

const { signal } = new AbortController();
const page: Script = (socket) => socket.write('HTTP/1.1 403 No\r\nX-A: 1\r\nContent-Length: 5\r\n\r\nhello');

describe('a document', () => {
  it('comes with its head, whatever the status, and the lane takes the next one', async () => {
    await using store = await ScriptedStore.open(page);
    using lane = openLane();
    for (let round = 0; round < 2; round += 1) {
      const { head, body } = await fetchWhole(lane, get(store.url()), { maxBytes: 5, signal });
      expect([head.status, head.headers.get('x-a'), body.toString()]).toEqual([403, '1', 'hello']);
    }
    expect(store.connections).toBe(1);
  });

  it('of a HEAD has no body', async () => {
    await using store = await ScriptedStore.open((socket) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n'),
    );
    using lane = openLane();
    const { head, body } = await fetchWhole(lane, get(store.url(), { method: 'HEAD' }), { maxBytes: 0, signal });
    expect([head.headers.get('content-length'), body.length]).toEqual(['99', 0]);
  });

  it.each([
    ['Content-Length: 5\r\n\r\nhello', 4, 'STORE_FAILED'],
    ['Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n', 4, 'STORE_FAILED'],
    ['Content-Length: 5, 5\r\n\r\nhello', 9, 'STORE_FAILED'],
    ['Content-Length: 6\r\n\r\nhello', 9, 'STORE_UNREACHABLE'],
  ])('is refused: %j with a bound of %d', async (text, maxBytes, code) => {
    await using store = await ScriptedStore.open((socket) => socket.end(`HTTP/1.1 200 OK\r\n${text}`));
    using lane = openLane();
    await expect(fetchWhole(lane, get(store.url()), { maxBytes, signal })).rejects.toMatchObject({ code });
  });

  it('at a refused address is ADDRESS_REFUSED', async () => {
    using lane = openLane({}, 'public');
    const asked = fetchWhole(lane, get(new URL('http://127.0.0.1:1/')), { maxBytes: 9, signal });
    await expect(asked).rejects.toMatchObject({ code: 'ADDRESS_REFUSED' });
  });

  it('that nobody sends is given up when the signal says so, with its reason', async () => {
    await using store = await ScriptedStore.open(() => undefined);
    using lane = openLane();
    const abort = new AbortController();
    const asked = fetchWhole(lane, get(store.url()), { maxBytes: 9, signal: abort.signal });
    const reason = new Error('enough');
    await eventually('it was asked', () => store.asked.length === 1);
    abort.abort(reason);
    await expect(asked).rejects.toBe(reason);
    await eventually('the connection is closed', () => store.sockets.size === 0);
    await expect(fetchWhole(lane, get(store.url()), { maxBytes: 9, signal: abort.signal })).rejects.toBe(reason);
    expect(store.asked.length).toBe(1);
  });
});
