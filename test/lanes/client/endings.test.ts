// What goes wrong, or ends, looks to a client of the lane as it does at the node:http end.
import { describe, expect, it } from 'vitest';
import type { Handler } from '../../../src/http/exchange.ts';
import { FlatHeaderBlock } from '../../../src/http/header-block.ts';
import { LentBody } from '../../../src/http/lent-body.ts';
import type { Metrics } from '../../../src/metrics.ts';
import { eventually } from '../../support/eventually.ts';
import { type RawClient, rawClient } from '../../support/raw-client.ts';
import { answer, bodyOf, gate, openLaneRig, openNodeRig, type RigOptions } from './lane-rig.ts';

const get = 'GET /g HTTP/1.1\r\nHost: me\r\n\r\n';
const chunkedHead = 'POST /c HTTP/1.1\r\nHost: me\r\nTransfer-Encoding: chunked\r\n\r\n';
const large = (length: number) => `POST /l HTTP/1.1\r\nHost: me\r\nContent-Length: ${length}\r\n\r\n`;
const echo: Handler = async (request) => answer(await bodyOf(request));

/** The lane, read either way, and the node end: what the script received from each must be the same; it is returned. */
async function likeNode(
  options: () => RigOptions,
  script: (client: RawClient) => Promise<string>,
  changed = (text: string) => text,
): Promise<string> {
  const node = await openNodeRig(options());
  const expected = await script(await rawClient(node.port));
  for (const way of ['swap', 'public'] as const) {
    const lane = await openLaneRig({ ...options(), way });
    const received = await script(await rawClient(lane.port));
    expect(changed(received)).toBe(changed(expected));
    await eventually(
      'the exchanges are over',
      () => changed(records(lane.metrics)) === changed(records(node.metrics)),
    ).catch(() => undefined);
    expect(changed(records(lane.metrics))).toBe(changed(records(node.metrics)));
    expect(lane.buffers.lent).toBe(0);
  }
  return expected;
}

/** The samples that count requests, errors and body bytes. */
function records({ instruments }: Metrics): string {
  const counted = instruments.filter(({ name }) => /^outrigger_(requests|errors|body_bytes)/.test(name));
  const samples = counted.flatMap((instrument) => [...instrument.samples()]);
  const told = samples.filter(({ value, labels }) => value !== 0 && labels.le === undefined);
  return told.map(({ labels, value }) => `${Object.values(labels)} ${value}`).join('\n');
}

const reason = (text: string) =>
  text.replace(/HPE_\w+|the chunked body has [^"]*/, '…').replace(/Content-Length: \d+|response \d+/, '');

describe('a request', () => {
  it('that is cut within a small body is answered 400', async () => {
    const received = await likeNode(
      () => ({ handler: echo }),
      (client) => {
        client.socket.end(`${large(10)}abc`);
        return client.closed();
      },
    );
    expect(received).toMatch(/^HTTP\/1.1 400 .*HPE_INVALID_EOF_STATE/s);
  });

  it('that is cut within a head is answered 400, also behind another', async () => {
    for (const before of ['', get]) {
      const received = await likeNode(
        () => ({ handler: echo }),
        (client) => {
          client.socket.end(`${before}GET / HTTP/1.1\r\nHo`);
          return client.closed();
        },
      );
      expect(received).toContain('HTTP/1.1 400 ');
    }
  });

  it('that is cut within a stream ends the call and is answered 400', async () => {
    for (const head of [large(100_000), chunkedHead]) {
      const calls: string[] = [];
      const handler: Handler = async (request) => {
        request.cancellation.onCancel(() => calls.push('cancelled'));
        return answer(await bodyOf(request));
      };
      const received = await likeNode(
        () => ({ handler }),
        async (client) => {
          client.send(head);
          client.socket.end('5\r\nabcde\r\n');
          return client.closed();
        },
      );
      expect(received).toContain('HTTP/1.1 400 ');
      expect(calls).toEqual(['cancelled', 'cancelled', 'cancelled']);
    }
  });

  it('with chunks that cannot be read is answered 400, at once or later', async () => {
    for (const [first, then] of [
      [`${chunkedHead}xyz\r\n`, ''],
      [`${chunkedHead}3\r\nabc\r\n`, 'no\r\n'],
    ] as const) {
      const received = await likeNode(
        () => ({ handler: echo }),
        async (client) => {
          client.send(first);
          if (then !== '') {
            await new Promise((resolve) => setTimeout(resolve, 20)); // two reads
            client.send(then);
          }
          return client.closed();
        },
        reason,
      );
      expect(received).toMatch(/^HTTP\/1.1 400 .*Connection: close/s);
    }
  });

  it('with chunks beyond the limit is answered 413, and the connection goes on', async () => {
    for (const body of ['b\r\nhello world\r\n0\r\n\r\n', '400\r\n']) {
      await likeNode(
        () => ({ handler: echo, config: { maxBodyBytes: 10 } }),
        async (client) => {
          client.send(chunkedHead + body);
          if (body === '400\r\n') {
            client.send('x'.repeat(500));
            await client.until((text) => text.includes('413'));
            client.send(`${'x'.repeat(524)}\r\n0\r\n\r\n`);
          }
          client.send(get);
          return client.until((text) => text.includes('200 OK'));
        },
      );
    }
  });

  it('is answered early: the rest of it is dropped, and the next one is served', async () => {
    const handler: Handler = async (request) => answer(request.path === '/g' ? 'next' : 'early');
    const received = await likeNode(
      () => ({ handler }),
      async (client) => {
        client.send(large(2_000_000));
        await client.until((text) => text.endsWith('early'));
        client.send(Buffer.alloc(2_000_000));
        client.send(get);
        return client.until((text) => text.endsWith('next'));
      },
    );
    expect(received).toContain('200 OK');
  });

  it('has trailers and 1xx answers passed on', async () => {
    const received = await likeNode(
      () => ({
        handler: async (request) => {
          request.sendInformational(103, new FlatHeaderBlock(['Link', '</a>']));
          request.sendInformational(100, new FlatHeaderBlock([]));
          const body = await bodyOf(request);
          return answer(`${body} ${request.trailers?.fields?.write([])}`);
        },
      }),
      (client) => {
        client.send(`${chunkedHead}3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n`);
        return client.until((text) => text.endsWith('abc X-T,1'));
      },
    );
    expect(received).toMatch(
      /^HTTP\/1.1 103 \r\nLink: <\/a>\r\n\r\nHTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK\r\n/,
    );
  });

  it('whose client has ended its side is answered, and asked for life before', async () => {
    const rig = await openLaneRig({
      handler: async (request) => {
        await open.promise;
        return answer(request.path);
      },
    });
    const open = gate();
    const client = await rawClient(rig.port);
    client.socket.end(get);
    await client.until((text) => text === 'HTTP/1.1 100 Continue\r\n\r\n');
    open.resolve();
    const received = await client.closed();
    expect(received.match(/HTTP\/1.1 \d+|\/g/g)).toEqual(['HTTP/1.1 100', 'HTTP/1.1 200', '/g']);
    await eventually('the connection is over', () => rig.connections.size === 0);
  });
});

describe('a connection', () => {
  it('that says PRI is HTTP/2, with all its bytes; one that says less is closed when it ends', async () => {
    const seen: string[] = [];
    const acceptHttp2: RigOptions['acceptHttp2'] = (client) => {
      seen.push(client.bytes.toString());
      client.handBack().end('taken');
    };
    const rig = await openLaneRig({ handler: echo, acceptHttp2 });
    const client = await rawClient(rig.port);
    client.send('P');
    await new Promise(setImmediate);
    client.send('RI * HTTP/2.0');
    expect(await client.closed()).toBe('taken');
    expect(seen).toEqual(['PRI * HTTP/2.0']);
    const short = await rawClient(rig.port);
    short.socket.end('PR');
    expect(await short.closed()).toBe('');
  });

  it('with a slow head is answered 408, at first and later; one that is silent or idle is closed without a word', async () => {
    const config = { headersTimeoutMs: 60, keepAliveTimeoutMs: 1 };
    const rig = await openLaneRig({ handler: echo, config });
    const clients = await Promise.all([1, 2, 3, 4].map(() => rawClient(rig.port)));
    const [slow, later, silent, idle] = clients as [RawClient, RawClient, RawClient, RawClient];
    slow.send('GET / HTTP/1.1\r\n');
    later.send(`${get}GET / HT`);
    idle.send(get);
    expect(await slow.closed()).toMatch(
      /^HTTP\/1.1 408 Request Timeout\r\n.*Connection: close\r\n\r\n\{"error":"the head/s,
    );
    expect(await later.closed()).toMatch(/^HTTP\/1.1 200 OK.*HTTP\/1.1 408 /s);
    expect(await silent.closed()).toBe('');
    expect(await idle.closed()).toMatch(/^HTTP\/1.1 200 OK\r\n.*\r\n\r\n$/s);
  });

  it('that breaks during its exchange cancels the call, and gives every buffer back', async () => {
    for (const request of [get, `${large(3_000_000)}${'x'.repeat(500_000)}`]) {
      const [asked, cancelled] = [gate(), gate()];
      const handler: Handler = async (exchange) => {
        exchange.cancellation.onCancel(() => cancelled.resolve());
        asked.resolve();
        await bodyOf(exchange).catch(() => undefined);
        return new Promise(() => undefined);
      };
      const rig = await openLaneRig({ handler });
      const client = await rawClient(rig.port);
      client.send(request);
      await asked.promise;
      client.socket.resetAndDestroy();
      await cancelled.promise;
      await eventually('it is recorded', () => records(rig.metrics).includes('4xx') && rig.connections.size === 0);
      expect(rig.buffers.lent).toBe(0);
    }
  });

  it('is broken with an answer that breaks', async () => {
    const body = new LentBody({ resume: () => undefined, abandon: () => undefined });
    const rig = await openLaneRig({ handler: async () => ({ ...answer(), body }) });
    const client = await rawClient(rig.port);
    client.send(get);
    await client.until((text) => text.endsWith('\r\n\r\n'));
    body.give(Buffer.from('abc'));
    await client.until((text) => text.endsWith('3\r\nabc\r\n'));
    body.fail(new Error('gone'));
    expect(await client.closed()).not.toContain('0\r\n\r\n');
  });

  it('lends its bytes to a slow reader unharmed, and those of a slow source to a slow client', async () => {
    for (const way of ['swap', 'public'] as const) {
      const sent = Buffer.alloc(5_000_000, '0123456789abcdefghijklmnopqrstuvw');
      const handler: Handler = async ({ body }) => ({ ...answer(), body: body as LentBody });
      const rig = await openLaneRig({ handler, way });
      const client = await rawClient(rig.port);
      client.socket.pause();
      client.send(large(sent.length));
      client.send(sent);
      await eventually('the client holds everything up', () => rig.buffers.lent === 1);
      client.socket.resume();
      const received = await client.until((text) => text.endsWith('\r\n0\r\n\r\n'));
      expect(unchunk(received).equals(sent)).toBe(true);
      expect(rig.buffers.lent).toBe(0);
    }
  });

  it('ends with a last answer, and reads what the client still says without a reset', async () => {
    const rig = await openLaneRig({ handler: echo, drain: { lastAnswers: true } });
    const client = await rawClient(rig.port);
    client.send(get + get);
    await client.closed();
    client.send(get);
    expect(client.received().match(/HTTP\/1.1 200 OK|Connection: [a-z-]+/g)).toEqual([
      'HTTP/1.1 200 OK',
      'Connection: keep-alive',
      'HTTP/1.1 200 OK',
      'Connection: close',
    ]);
    client.socket.end();
    await eventually('the connection is over', () => rig.connections.size === 0);
    expect(client.failure()).toBe(null);
  });
});

/** The data of a chunked answer. */
function unchunk(text: string): Buffer {
  const pieces: Buffer[] = [];
  let at = text.indexOf('\r\n\r\n') + 4;
  for (;;) {
    const sizeEnd = text.indexOf('\r\n', at);
    const size = Number.parseInt(text.slice(at, sizeEnd), 16);
    if (size === 0) return Buffer.concat(pieces);
    pieces.push(Buffer.from(text.slice(sizeEnd + 2, sizeEnd + 2 + size), 'latin1'));
    at = sizeEnd + 4 + size;
  }
}
