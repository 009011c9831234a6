// The embedded store of `outrigger dev`: a folder over HTTP, as any web server has it, so that models come the way they always do.
import { once } from 'node:events';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { closeServer } from './close-server.ts';
import { type Conditions, planFileAnswer, type StoredFile } from './file-answer.ts';

export interface ModelStoreOptions {
  readonly host: string;
  /** 0: one that is free. */
  readonly port: number;
  /** What is below it is served, but for names that begin with a dot. It may change at any time. */
  readonly folder: string;
}

export interface ModelStore extends AsyncDisposable {
  /** `<url>digits/model.onnx` is `<folder>/digits/model.onnx`. Ends with "/". */
  readonly url: string;
}

/** Resolves once bound. Dispose cuts what is under way. @throws the listen error. */
export async function startModelStore({ host, port, folder }: ModelStoreOptions): Promise<ModelStore> {
  const server = createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
    respond(request, response, folder).catch((error: NodeJS.ErrnoException) => {
      if (response.headersSent)
        response.destroy(); // a body that ends too early is seen
      else refuse(response, 500, error.message);
    });
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}/`,
    [Symbol.asyncDispose]: () => closeServer(server),
  };
}

async function respond(request: IncomingMessage, response: ServerResponse, folder: string): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    return refuse(response, 405, 'GET a file');
  }
  const path = readPath(request.url ?? '');
  await using found = path === null ? null : await openFile(join(folder, path));
  if (found === null) return refuse(response, 404, 'there is no such file');
  const { status, headers, slice } = planFileAnswer(found.file, conditionsOf(request));
  response.writeHead(status, { ...headers, 'X-Content-Type-Options': 'nosniff' });
  if (slice === null || slice.bytes === 0 || request.method === 'HEAD') response.end();
  else {
    const { first, bytes } = slice;
    await pipeline(found.handle.createReadStream({ start: first, end: first + bytes - 1, autoClose: false }), response);
  }
}

/** Null: it names nothing that could be served. */
function readPath(target: string): string | null {
  try {
    const path = decodeURIComponent(target.split('?', 1)[0]!);
    const names = path.split('/').filter((name) => name !== '');
    const isPlain = path.startsWith('/') && names.length > 0 && names.every((name) => /^[^.\\\0][^\\\0]*$/.test(name));
    return isPlain ? names.join('/') : null;
  } catch {
    return null; // no percent-encoding
  }
}

interface Found extends AsyncDisposable {
  readonly handle: FileHandle;
  readonly file: StoredFile;
}

/** Null: no file is there. What is found is read through, whatever takes its name meanwhile. */
async function openFile(path: string): Promise<Found | null> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK); // nobody waits for a pipe
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP'].includes(code)) return null;
    throw error;
  }
  const stat = await handle.stat({ bigint: true });
  if (!stat.isFile()) {
    await handle.close();
    return null;
  }
  // A file that is written anew has another inode or another time, to the nanosecond, also with the same size.
  const version = [stat.ino, stat.size, stat.mtimeNs].map((part) => part.toString(36)).join('-');
  const file = { bytes: Number(stat.size), version, changedMs: Number(stat.mtimeMs) };
  return { handle, file, [Symbol.asyncDispose]: () => handle.close() };
}

function conditionsOf({ headers }: IncomingMessage): Conditions {
  return {
    range: headers.range ?? null,
    ifRange: headers['if-range']?.toString() ?? null,
    ifMatch: headers['if-match'] ?? null,
    ifNoneMatch: headers['if-none-match'] ?? null,
    ifUnmodifiedSince: headers['if-unmodified-since'] ?? null,
  };
}

function refuse(response: ServerResponse, status: number, why: string): void {
  const text = `${why}\n`;
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
}
