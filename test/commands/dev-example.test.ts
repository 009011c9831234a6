import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, it, onTestFinished } from 'vitest';
import { askExample } from '../../src/commands/dev-example.ts';
import { eventually } from '../support/eventually.ts';

async function agentThat(answers: RequestListener): Promise<string> {
  const server = createServer(answers).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const metadata = JSON.stringify({ inputs: [{ name: 'x', datatype: 'INT32', shape: [-1, 2] }] });

it('a model that describes itself is asked by a line to paste', async () => {
  const asked: (string | undefined)[] = [];
  const url = await agentThat(({ url: path }, response) => {
    asked.push(path);
    response.end(metadata);
  });
  expect(await askExample(url, 'a b')).toContain('"shape":[1,2],"data":[0,0]');
  expect(asked).toEqual(['/v2/models/a%20b']);
});

it.each<[string, RequestListener]>([
  ['is not there', (_, response) => response.writeHead(404).end(metadata)],
  ['is no JSON', (_, response) => response.end('<html>')],
  ['is compressed, though nobody asked for that', (_, response) => response.end(gzipSync(metadata))],
  [
    'breaks off',
    (_, response) => response.writeHead(200, { 'content-length': '999' }).write('{', () => response.destroy()),
  ],
])('a description that %s gives none', async (_, answers) => {
  expect(await askExample(await agentThat(answers), 'm')).toBeNull();
});

it('a description without end is left', async () => {
  let left = false;
  const url = await agentThat((_, response) => {
    response.on('close', () => {
      left = true;
    });
    const more = (): void => {
      while (!left && response.write(' '.repeat(65_536)));
    };
    response.on('drain', more);
    more();
  });
  expect(await askExample(url, 'm')).toBeNull();
  await eventually('its connection ends', () => left);
});

it('where nobody listens there is none', async () => {
  expect(await askExample('http://127.0.0.1:1', 'm')).toBeNull();
});
