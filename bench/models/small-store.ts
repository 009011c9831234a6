// An S3 with thousands of small models, each two objects, any name is one: `node small-store.ts PORT BYTES`. No signatures.
import { randomBytes } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';

const [port, bytes] = process.argv.slice(2).map(Number) as [number, number];
const objects: ReadonlyMap<string, Buffer> = new Map([
  ['1/model.bin', randomBytes(bytes)],
  ['config.json', Buffer.from('{"max_batch_size":0}')],
]);

createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url as string, 'http://store');
  if (searchParams.has('list-type')) {
    answer(response, 'application/xml', list(searchParams.get('prefix') ?? ''));
    return;
  }
  const [, , , ...path] = pathname.split('/'); // /bucket/model/...
  const object = objects.get(path.join('/'));
  if (object !== undefined) answer(response, 'application/octet-stream', object);
  else response.writeHead(404, { 'content-length': 0 }).end(); // the folder is no object
}).listen(port, '127.0.0.1');

function answer(response: ServerResponse, type: string, body: Buffer): void {
  const fields = {
    'content-type': type,
    'content-length': body.length,
    etag: '"one-version"',
    'accept-ranges': 'bytes',
  };
  response.writeHead(200, fields).end(response.req.method === 'HEAD' ? undefined : body);
}

function list(prefix: string): Buffer {
  const rows = [...objects].map(
    ([path, { length }]) =>
      `<Contents><Key>${prefix}${path}</Key><ETag>&quot;one-version&quot;</ETag><Size>${length}</Size></Contents>`,
  );
  const head = `<Prefix>${prefix}</Prefix><KeyCount>${rows.length}</KeyCount><IsTruncated>false</IsTruncated>`;
  return Buffer.from(`<?xml version="1.0"?><ListBucketResult>${head}${rows.join('')}</ListBucketResult>`);
}
