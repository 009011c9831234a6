// A connection of HTTP/2 that the relay gives to node's server still is one connection, and ends once.
import { connect, createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import type { SocketWay } from '../../../src/lanes/socket/accept-socket.ts';
import { openLaneRig } from '../../kill/lane-rig.ts';
import { eventually } from '../../support/eventually.ts';
import { endHeaders, endStream, fieldBlock, frame, frameType, preface } from '../../support/http2-frames.ts';
import { serve } from '../../support/runtimes/probed.ts';

const get = fieldBlock([
  [':method', 'GET'],
  [':scheme', 'http'],
  [':path', '/v2'],
  [':authority', 'a'],
]);
const request = frame(frameType.headers, endHeaders | endStream, 1, get);

it.each<SocketWay>(['swap', 'public'])('read by %s, its end is counted once', async (way) => {
  const { port } = await serve(createServer()); // which never answers
  const rig = await openLaneRig(port, way);
  onTestFinished(() => rig[Symbol.asyncDispose]());
  const open = rig.metrics.connections('http2');
  const client = connect(rig.port, '127.0.0.1');
  client.write(Buffer.concat([preface, frame(frameType.settings, 0, 0), request]));
  await eventually('it is counted', () => open.value === 1 && rig.metrics.inFlight.value === 1);
  client.destroy();
  await eventually('it is over', () => open.value !== 1);
  expect(open.value).toBe(0);
});
