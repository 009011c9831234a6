// The runtime's header fields without those that end at this hop (RFC 9110 7.6.1).
import { OutriggerError } from '../errors.ts';
import { FlatHeaderBlock, type HeaderBlock } from './header-block.ts';
import { fieldRole, readConnectionOptions, withoutFields } from './hop-by-hop.ts';

/** A runtime's head larger than this is refused with 502 (undici's own default is 16 KiB). */
export const maxResponseHeaderBytes = 65_536;

export interface ResponseHead {
  /** End-to-end fields; Content-Length is among them. */
  readonly headers: HeaderBlock;
  readonly contentLength: number | null;
  readonly chunked: boolean;
}

/**
 * `raw` is flat [name, value, …] in wire order.
 * @throws OutriggerError UPSTREAM_PROTOCOL_ERROR for framing that has two readings (nginx answers 502 as well)
 */
export function readResponseHead(raw: readonly string[]): ResponseHead {
  const flat: string[] = [];
  let contentLength: number | null = null;
  let chunked = false;
  let connectionOptions: readonly string[] | null = null;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    const value = raw[i + 1] as string;
    switch (fieldRole(name.toLowerCase())) {
      case 'drop':
      case 'upgrade':
      case 'te':
        continue;
      case 'connection':
        connectionOptions = readConnectionOptions(value, connectionOptions);
        continue;
      case 'content-length':
        if (contentLength !== null || !/^\d{1,15}$/.test(value)) throw ambiguous('Content-Length');
        contentLength = Number(value);
        break;
      case 'transfer-encoding':
        if (chunked || value.toLowerCase() !== 'chunked') throw ambiguous('Transfer-Encoding');
        chunked = true;
        continue;
      default:
        break;
    }
    flat.push(name, value);
  }
  if (chunked && contentLength !== null) throw ambiguous('both Transfer-Encoding and Content-Length');
  return {
    headers: new FlatHeaderBlock(connectionOptions === null ? flat : withoutFields(flat, connectionOptions)),
    contentLength,
    chunked,
  };
}

/**
 * The reason phrase as it can be written again, in latin1 like the fields; undefined for the standard one. undici decodes
 * it as UTF-8, so bytes that were none are lost to it, and node:http writes no control characters.
 */
export function readReason(reason: string | undefined): string | undefined {
  if (reason === undefined || /^[\t\x20-\x7e]*$/.test(reason)) return reason;
  if (reason.includes('\ufffd')) return undefined;
  const bytes = Buffer.from(reason, 'utf8').toString('latin1');
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(bytes) ? bytes : undefined;
}

function ambiguous(what: string): OutriggerError {
  return new OutriggerError('UPSTREAM_PROTOCOL_ERROR', `the runtime's answer has unusable framing: ${what}`);
}
