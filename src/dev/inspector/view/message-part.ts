// One message of an exchange, request or answer, with what must be known about the exchange to read it.
import type { SpokenProtocol } from '../api.ts';
import type { Fields, KeptBody } from '../kept-exchange.ts';

export interface MessagePart {
  readonly side: 'request' | 'response';
  /** Of the exchange. */
  readonly protocol: SpokenProtocol;
  /** Of the request, with its query: names the method of gRPC. */
  readonly path: string;
  /** Of this message. */
  readonly headers: Fields;
  /** Null: not kept. */
  readonly body: KeptBody | null;
}

/** Fields of that name joined by ", "; undefined when there is none. `lowerName` is in lower case. */
export function fieldOf(fields: Fields, lowerName: string): string | undefined {
  const values = fields.filter(([name]) => name.toLowerCase() === lowerName).map(([, value]) => value);
  return values.length === 0 ? undefined : values.join(', ');
}

/** All that passed was kept. */
export function isWhole(body: KeptBody | null): boolean {
  return body !== null && body.bytes.length === body.passedBytes;
}
