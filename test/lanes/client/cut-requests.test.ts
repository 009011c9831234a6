// A client's end that came before its next request was looked at.
import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { rawClient } from '../../support/raw-client.ts';
import { answer, gate, openLaneRig } from './lane-rig.ts';

const get = 'GET /g HTTP/1.1\r\nHost: h\r\n\r\n';

it('a request that waited behind another and is not all there when its client has ended is refused, not waited for', async () => {
  const open = gate();
  const rig = await openLaneRig({
    handler: async (request) => {
      await open.promise;
      return answer(request.path);
    },
  });
  const client = await rawClient(rig.port);
  client.send(get);
  await eventually('it is being answered', () => rig.metrics.inFlight.value === 1);
  client.socket.end('POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 200\r\n\r\nhalf');
  for (let round = 0; round < 50; round++) await new Promise(setImmediate); // its end is read meanwhile, within this process
  open.resolve();
  const received = await client.closed();
  expect(received.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
});
