// The whole body of a request, read up to a limit and with its Content-Encoding taken off.
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import { V2Error } from './v2-error.ts';

// "deflate" is the zlib format (RFC 9110 8.4.1.2).
const DECODERS = new Map([
  ['gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
]);

/** `maxBodyBytes` holds before and after decoding. @throws V2Error 413, 400 for broken compression, 501 for another coding. */
export async function readRequestBody(request: IncomingMessage, maxBodyBytes: number): Promise<Buffer> {
  const tooLarge = new V2Error(413, `request body exceeds ${maxBodyBytes} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) throw tooLarge;
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Not destroyed on the way out: the refusal goes out on the same socket, and node:http discards the rest of the body.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) throw tooLarge;
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks, bytes);
  const coding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (coding === 'identity') return body;
  const decode = DECODERS.get(coding);
  if (decode === undefined) throw new V2Error(501, `Unsupported compression type: '${coding}'`);
  try {
    return await decode(body, { maxOutputLength: maxBodyBytes });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge;
    throw new V2Error(400, `failed to decompress the request: ${(cause as Error).message}`, { cause });
  }
}
