// Is the rule applied to the very address that a real socket connects to?
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AllowedAddresses, readAllowAddresses } from '../../../src/storage/address/address-rule.ts';
import {
  checkLiteral,
  checkProxiedName,
  guardedLookup,
  type Resolver,
} from '../../../src/storage/address/guarded-lookup.ts';
import type { Reach } from '../../../src/storage/object-store.ts';

const none = readAllowAddresses([]);
const loopback = readAllowAddresses(['127.0.0.0/8', '::1']);
const accepted: Socket[] = [];
const server = createServer((socket) => accepted.push(socket));

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterAll(() => {
  for (const socket of accepted) socket.destroy();
  server.close();
});

describe('a socket', () => {
  it('of a public host that resolves to this machine never connects', async () => {
    const before = accepted.length;
    await expect(connected('localhost', 'public', none)).rejects.toMatchObject({ code: 'ADDRESS_REFUSED' });
    expect(accepted.length).toBe(before);
  });

  it.each(['0x7f.1', '2130706433', '127.1'])('nor does one of %s, which Node takes for a name', async (host) => {
    await expect(connected(host, 'public', none)).rejects.toMatchObject({ code: 'ADDRESS_REFUSED' });
  });

  it.each([
    ['anywhere', none],
    ['public', loopback],
  ] as const)('of reach %s connects where it may', async (reach, allow) => {
    expect(await connected('localhost', reach, allow)).toBe('127.0.0.1');
  });

  it('uses no address that is refused though others are not', async () => {
    const resolve = resolving('169.254.169.254', '::ffff:169.254.169.254', '127.0.0.1');
    for (const autoSelectFamily of [true, false]) {
      expect(await connected('store', 'anywhere', none, { resolve, autoSelectFamily })).toBe('127.0.0.1');
    }
  });

  it('of a name that nobody knows fails as ever', async () => {
    const resolve: Resolver = (_, __, answer) => answer(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), []);
    await expect(connected('store', 'public', none, { resolve })).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });
});

describe('the answer', () => {
  const addresses = ['10.0.0.1', '8.8.8.8', '2606:4700::1111'];

  it('has all that are allowed, or the first of them', async () => {
    const eight = { address: '8.8.8.8', family: 4 };
    expect(await answerOf(addresses, true)).toEqual([null, [eight, { address: '2606:4700::1111', family: 6 }]]);
    expect(await answerOf(addresses, false)).toEqual([null, '8.8.8.8', 4]);
  });

  it.each([true, false])('of none is a refusal, with all: %s', async (all) => {
    for (const given of [['10.0.0.1', '127.0.0.1'], []]) {
      expect((await answerOf(given, all))[0]).toMatchObject({ code: 'ADDRESS_REFUSED' });
    }
  });

  it('is asked for with the options of the socket', async () => {
    const asked: unknown[] = [];
    const resolve: Resolver = (host, options, answer) => {
      asked.push(host, options);
      answer(null, [{ address: '8.8.8.8', family: 4 }]);
    };
    const lookup = guardedLookup({ reach: 'public', allow: none }, resolve);
    await new Promise((resolved) => lookup('h', { family: 4, hints: 32, all: false }, resolved));
    expect(asked).toEqual(['h', { family: 4, hints: 32, all: true }]);
  });
});

describe('a host that is an address', () => {
  it.each(['169.254.169.254', '[::ffff:a9fe:a9fe]', 'fe80::1%lo', '2852039166'])('%s is refused', (host) => {
    expect(() => checkLiteral(host, { reach: 'anywhere', allow: none })).toThrow(
      expect.objectContaining({ code: 'ADDRESS_REFUSED' }),
    );
  });

  it('is let through where it may be reached, and a name always', () => {
    checkLiteral('127.0.0.1', { reach: 'anywhere', allow: none });
    checkLiteral('127.0.0.1', { reach: 'public', allow: loopback });
    checkLiteral('8.8.8.8', { reach: 'public', allow: none });
    checkLiteral('localhost', { reach: 'public', allow: none });
  });
});

it('the name of a metadata service is one also where a proxy resolves it, unless its address is allowed', () => {
  const check = (host: string, allow: AllowedAddresses) => checkProxiedName(host, { reach: 'anywhere', allow });
  expect(() => check('METADATA.google.internal.', none)).toThrow(/169\.254\.169\.254/);
  check('metadata.google.internal', readAllowAddresses(['169.254.169.254']));
  check('metadata.example.com', none);
});

function resolving(...addresses: readonly string[]): Resolver {
  const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  return (_, __, answer) => answer(null, found);
}

function answerOf(addresses: readonly string[], all: boolean): Promise<unknown[]> {
  const lookup = guardedLookup({ reach: 'public', allow: none }, resolving(...addresses));
  return new Promise((resolved) => lookup('host', { all }, (...answer) => resolved(answer)));
}

/** The address at the other end. */
async function connected(
  host: string,
  reach: Reach,
  allow: AllowedAddresses,
  more: { readonly resolve?: Resolver; readonly autoSelectFamily?: boolean } = {},
): Promise<string | undefined> {
  const { resolve, autoSelectFamily = true } = more;
  const { port } = server.address() as AddressInfo;
  const socket = connect({ host, port, autoSelectFamily, lookup: guardedLookup({ reach, allow }, resolve) });
  try {
    await once(socket, 'connect');
    return socket.remoteAddress;
  } finally {
    socket.destroy();
  }
}
