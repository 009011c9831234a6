// The small S3 as a process of its own, forked: objects are put, and fetches counted, by messages.
import { S3Server } from './s3-server.ts';
import { isBody } from './store-faults.ts';

/** `objects`: of the bucket `models`, by key. */
export type ToS3Child =
  | { readonly kind: 'put'; readonly objects: Readonly<Record<string, string>> }
  | { readonly kind: 'count' };

/** Where it is, at first; then for each message how many objects were fetched so far. */
export type FromS3Child = { readonly url: string } | { readonly fetches: number };

const server = await S3Server.start();
const tell = (message: FromS3Child): void => void process.send?.(message);
process.on('message', (message: ToS3Child) => {
  if (message.kind === 'put')
    for (const [key, body] of Object.entries(message.objects)) server.put('models', key, body);
  tell({ fetches: server.requests.filter(isBody).length });
});
process.once('disconnect', () => void server[Symbol.asyncDispose]());
tell({ url: server.url });
