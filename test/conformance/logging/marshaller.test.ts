// Records that somebody else makes into objects: what the marshaller answers is stored, and what it refuses holds nobody up.

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { serve } from '../../support/runtimes/probed.ts';
import { startStoreLogging } from './store-logging.ts';

/** A line for each record; refuses all with a record named `poison`. */
async function startMarshaller(): Promise<string> {
  const { port } = await serve(
    createServer(async (request, response) => {
      const records: { readonly id: string }[] = JSON.parse(Buffer.concat(await request.toArray()).toString());
      const ids = records.map(({ id }) => id);
      if (ids.includes('poison')) response.writeHead(422).end();
      else response.writeHead(200, { 'X-Log-Marshal-Extension': 'txt' }).end(ids.join('\n'));
    }),
  );
  return `http://127.0.0.1:${port}/`;
}

it('records that a marshaller refuses go to the dead letters, alone, and all others are stored as it wrote them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'outrigger-dead-letters-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const batches = ['--log-mode', 'request', '--log-batch-size', '4', '--log-batch-interval', '0'];
  const flags = [...batches, '--log-marshaller-url', await startMarshaller(), '--log-dead-letter-dir', folder];
  const { infer, stored, account } = await startStoreLogging(flags);
  for (const id of ['a', 'b', 'poison', 'c', 'd', 'e', 'f', 'g']) await infer(id);
  const objects = await stored(3);
  expect([...objects.keys()].every((key) => key.endsWith('-request.txt'))).toBe(true);
  const lines = [...objects.values()].flatMap((body) => body.toString().split('\n'));
  expect(lines.toSorted()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
  expect(await account()).toMatchObject({ received: 8, delivered: 7, deadLettered: 1, queued: 0, dropped: 0 });
  expect(readdirSync(folder)).not.toEqual([]);
});
