// The thread of stores: base64, formats, signatures and the official clients stay away from the request path, at a lower priority.
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { BlobSettings, DeliverMessage, FromBlobWorker } from './blob-messages.ts';
import { BlobOutlet } from './blob-outlet.ts';
import { unpackEvents } from './kept-event.ts';

/** Of 19: whoever answers requests goes first, but a busy agent must not lose its logs for that. */
const niceness = 5;

if (parentPort === null) throw new Error('blob-worker: to be started as a thread');
const owner = parentPort;

try {
  setPriority(0, niceness); // on Linux of the calling thread alone
} catch {
  // A system that does not let us be modest: everything works, only less politely.
}

const { urls, ...settings } = workerData as BlobSettings;
const outlets = urls.map((url) => new BlobOutlet(url, settings));

owner.on('message', async ({ id, store, events }: DeliverMessage) => {
  const attempt = await outlets[store]!.deliver(unpackEvents(events));
  say({ kind: 'delivered', id, attempt });
});

// A first object at the end of the agent may have no time for it.
for (const [store, outlet] of outlets.entries()) {
  outlet.open().catch((error: Error) => say({ kind: 'unusable', store, message: error.message }));
}

function say(message: FromBlobWorker): void {
  owner.postMessage(message);
}
