// Messages as the inspector keeps them, for tests: what is not named is as plain as can be.
import type { SpokenProtocol } from '../../../../src/dev/inspector/api.ts';
import type { Fields, KeptRequest } from '../../../../src/dev/inspector/kept-exchange.ts';
import type { MessagePart } from '../../../../src/dev/inspector/view/message-part.ts';

interface PartWords {
  readonly side?: 'request' | 'response';
  readonly protocol?: SpokenProtocol;
  readonly path?: string;
  readonly headers?: Fields;
  /** Default: as many as there are. */
  readonly passedBytes?: number;
}

export function partOf(body: string | Buffer, words: PartWords = {}): MessagePart {
  const bytes = Buffer.from(body);
  const { side = 'request', protocol = 'V2 JSON', path = '/v2/models/m/infer', headers = [] } = words;
  return { side, protocol, path, headers, body: { bytes, passedBytes: words.passedBytes ?? bytes.length } };
}

/** JSON, and blobs behind it. */
export function binaryPart(json: string, blobs: string, words: PartWords = {}): MessagePart {
  const header = Buffer.from(json);
  const headers: Fields = [...(words.headers ?? []), ['Inference-Header-Content-Length', String(header.length)]];
  return partOf(Buffer.concat([header, Buffer.from(blobs.replaceAll(' ', ''), 'hex')]), {
    ...words,
    protocol: 'V2 binary',
    headers,
  });
}

export function requestOf(body: string | Buffer | null, words: Partial<Omit<KeptRequest, 'body'>> = {}): KeptRequest {
  const bytes = body === null ? null : Buffer.from(body);
  return {
    protocol: 'http1',
    method: 'POST',
    path: '/v2/models/m/infer',
    authority: 'models.example',
    headers: [],
    ...words,
    body: bytes === null ? null : { bytes, passedBytes: bytes.length },
  };
}
