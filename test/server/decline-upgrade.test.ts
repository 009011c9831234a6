import type { IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import { headWithoutOffer, isWebSocketOffer } from '../../src/server/decline-upgrade.ts';

const offer = (upgrade: string) =>
  ({
    method: 'POST',
    url: '/v2?a=\xe9',
    httpVersion: '1.1',
    headers: { upgrade },
    rawHeaders: ['Host', 'a', 'Connection', 'Upgrade', 'UPGRADE', upgrade, 'X', '\xff', 'x', '2'],
  }) as unknown as IncomingMessage;

it('only a WebSocket is worth a tunnel', () => {
  expect(
    ['websocket', 'WebSocket', 'h2c', 'foo/2', 'websocket, h2c'].map((one) => isWebSocketOffer(offer(one))),
  ).toEqual([true, true, false, false, false]);
});

it('the head without the offer is byte for byte the rest', () => {
  expect(headWithoutOffer(offer('h2c')).toString('latin1')).toBe(
    'POST /v2?a=\xe9 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nX: \xff\r\nx: 2\r\n\r\n',
  );
});
