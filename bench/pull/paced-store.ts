// A store for timing downloads: one large object at a fixed rate a connection, or many small ones behind a fixed delay.
// `node paced-store.ts PORT BYTES RATE OBJECTS OBJECT_BYTES DELAY_MS`: RATE in bytes a second and connection, 0 = as fast as it can.
import { randomBytes } from 'node:crypto';
import { createServer, type Socket } from 'node:net';

const [port, largeBytes, rate, objects, objectBytes, delayMs] = process.argv.slice(2).map(Number) as [
  number,
  number,
  number,
  number,
  number,
  number,
];
const block = randomBytes(Math.max(1, Math.min(2 ** 26, Math.max(largeBytes, objectBytes))));
const tickMs = 10;

createServer({ noDelay: true }, (socket) => serve(socket)).listen(port, '127.0.0.1');

function serve(socket: Socket): void {
  let waiting = '';
  let busy = false;
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    waiting += chunk.toString('latin1');
    next();
  });
  const next = (): void => {
    const end = waiting.indexOf('\r\n\r\n');
    if (busy || end < 0) return;
    busy = true;
    const head = waiting.slice(0, end);
    waiting = waiting.slice(end + 4);
    const done = (): void => {
      busy = false;
      next();
    };
    if (delayMs > 0) setTimeout(() => answer(socket, head, done), delayMs);
    else answer(socket, head, done);
  };
}

function answer(socket: Socket, head: string, done: () => void): void {
  const [line = ''] = head.split('\r\n');
  const [method, target = ''] = line.split(' ');
  if (target.includes('list-type=2')) {
    const body = listing();
    socket.write(
      `HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      done,
    );
    return;
  }
  if (objects > 0 && !target.endsWith('.bin')) {
    socket.write('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n', done); // the folder is no object
    return;
  }
  const total = objects > 0 ? objectBytes : largeBytes;
  const [, from = '', to = ''] = /^range: bytes=(\d+)-(\d*)/im.exec(head) ?? [];
  const first = from === '' ? 0 : Number(from);
  const last = to === '' ? total - 1 : Math.min(Number(to), total - 1);
  const status = from === '' ? '200 OK' : `206 Partial Content\r\nContent-Range: bytes ${first}-${last}/${total}`;
  const fields = `Content-Type: application/octet-stream\r\nAccept-Ranges: bytes\r\nETag: "one-version"`;
  socket.write(`HTTP/1.1 ${status}\r\n${fields}\r\nContent-Length: ${last - first + 1}\r\n\r\n`);
  if (method === 'HEAD') done();
  else send(socket, { first, last, done });
}

/** Bytes repeat every block, so that memory stays small; nothing is copied. */
function send(socket: Socket, { first, last, done }: { first: number; last: number; done: () => void }): void {
  let next = first;
  const startMs = performance.now();
  const step = (): void => {
    if (socket.destroyed) return;
    const allowed =
      rate === 0 ? 2 ** 20 : Math.floor(((performance.now() - startMs + tickMs) * rate) / 1000) - (next - first);
    const at = next % block.length;
    const piece = block.subarray(at, at + Math.min(allowed, last - next + 1, block.length - at));
    if (piece.length <= 0) {
      setTimeout(step, tickMs);
      return;
    }
    next += piece.length;
    const after = next > last ? done : rate === 0 ? step : () => setTimeout(step, tickMs);
    socket.write(piece, after);
  };
  step();
}

function listing(): string {
  const rows = Array.from({ length: objects }, (_, nth) => {
    const key = `m/${String(nth).padStart(6, '0')}.bin`;
    return `<Contents><Key>${key}</Key><ETag>&quot;one-version&quot;</ETag><Size>${objectBytes}</Size></Contents>`;
  });
  const head = `<Prefix>m/</Prefix><KeyCount>${objects}</KeyCount><IsTruncated>false</IsTruncated>`;
  return `<?xml version="1.0"?><ListBucketResult>${head}${rows.join('')}</ListBucketResult>`;
}
