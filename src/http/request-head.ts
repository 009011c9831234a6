// A client's header fields, read once: checked against what must not be guessed at, hop-by-hop fields gone, this hop added.
import type { ListenerConfig } from '../config/slices.ts';
import { OutriggerError } from '../errors.ts';
import { addForwarding } from './forwarded.ts';
import { FlatHeaderBlock, type HeaderBlock } from './header-block.ts';
import { fieldRole, readConnectionOptions, withoutFields } from './hop-by-hop.ts';

export interface RequestHead {
  /** End-to-end fields for the runtime, without Host and Content-Length. */
  readonly headers: HeaderBlock;
  readonly authority: string;
  readonly contentLength: number | null;
  readonly chunked: boolean;
  readonly expectContinue: boolean;
  readonly contentType: string | undefined;
  readonly userAgent: string | undefined;
  readonly networkProbe: string | undefined; // K-Network-Probe
}

export interface HeadOrigin {
  readonly protocol: 'http1' | 'http2';
  readonly clientAddress: string;
  /** HTTP/2 has it in a pseudo field; HTTP/1.1 in Host. */
  readonly authority?: string | undefined;
}

const hostSyntax = /^[\w.~%!$&'()*+,;=:[\]-]*$/; // RFC 3986 3.2 without userinfo

/**
 * `raw` is node's flat [name, value, …] in wire order, pseudo fields removed.
 * @throws OutriggerError REQUEST_MALFORMED, REQUEST_HEADERS_TOO_LARGE, EXPECTATION_FAILED
 */
export function readRequestHead(raw: readonly string[], origin: HeadOrigin, limits: ListenerConfig): RequestHead {
  if (raw.length > 2 * limits.maxHeaderCount) throw tooLarge(`more than ${limits.maxHeaderCount} header fields`);
  const flat: string[] = [];
  let bytes = 0;
  let host: string | undefined = origin.authority;
  let contentLength: number | null = null;
  let chunked = false;
  let expectContinue = false;
  let contentType: string | undefined;
  let userAgent: string | undefined;
  let networkProbe: string | undefined;
  let connectionOptions: readonly string[] | null = null;
  let forwarded = false;
  let forwardedFor: string | undefined;
  let forwardedHost: string | undefined;
  let forwardedProto: string | undefined;

  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    const value = raw[i + 1] as string;
    bytes += name.length + value.length + 4; // ": " and CRLF
    switch (fieldRole(name.toLowerCase())) {
      case undefined:
        break;
      case 'drop':
      case 'upgrade': // a WebSocket never comes here: server/upgrade.ts
        continue;
      case 'refuse':
        throw malformed(`field ${name} looks like a framing field`);
      case 'connection':
        connectionOptions = joinOptions(connectionOptions, readConnectionOptions(value));
        continue;
      case 'host':
        if (origin.protocol === 'http2') {
          if (host === undefined) host = value; // RFC 9113 8.3.1: :authority wins over Host
          continue;
        }
        if (host !== undefined) throw malformed('more than one Host field');
        if (!hostSyntax.test(value)) throw malformed('Host is not a host and port');
        host = value;
        continue;
      case 'content-length':
        if (contentLength !== null) throw malformed('more than one Content-Length field');
        if (!/^\d{1,15}$/.test(value)) throw malformed('Content-Length is not a plain decimal number');
        contentLength = Number(value);
        continue;
      case 'transfer-encoding':
        if (chunked || value.toLowerCase() !== 'chunked') throw malformed('Transfer-Encoding other than chunked');
        chunked = true;
        continue;
      case 'te':
        // Hop-by-hop, but gRPC asks every hop for it (RFC 9113 8.2.2 allows nothing else).
        if (origin.protocol === 'http2' && value === 'trailers') flat.push(name, value);
        continue;
      case 'expect':
        if (value.toLowerCase() !== '100-continue') {
          throw new OutriggerError('EXPECTATION_FAILED', 'the only expectation that can be met is 100-continue');
        }
        expectContinue = true;
        continue;
      case 'content-encoding':
        // No content coding, only the name of the transfer coding: a way past filters that look at one of the two.
        if (value.toLowerCase() === 'chunked') throw malformed('chunked is no Content-Encoding');
        break;
      case 'forwarded':
        forwarded ||= value !== '';
        break;
      case 'forwarded-for':
        forwardedFor = forwardedFor === undefined ? value : `${forwardedFor}, ${value}`;
        continue;
      case 'forwarded-host':
        forwardedHost ??= value;
        break;
      case 'forwarded-proto':
        forwardedProto ??= value;
        break;
      case 'content-type':
        contentType ??= value;
        break;
      case 'user-agent':
        userAgent ??= value;
        break;
      case 'network-probe':
        networkProbe ??= value;
        break;
      case 'trailer':
        break;
    }
    flat.push(name, value);
  }

  if (bytes > limits.maxHeaderBytes) throw tooLarge(`header fields of more than ${limits.maxHeaderBytes} bytes`);
  if (chunked && contentLength !== null) throw malformed('both Transfer-Encoding and Content-Length');
  // Options first: a client cannot have a field removed that this hop adds.
  const kept = connectionOptions === null ? flat : withoutFields(flat, connectionOptions);
  addForwarding(kept, { forwardedFor, forwardedHost, forwardedProto }, origin.clientAddress, forwarded);
  return {
    headers: new FlatHeaderBlock(kept),
    authority: host ?? '',
    contentLength,
    chunked,
    expectContinue,
    contentType,
    userAgent,
    networkProbe,
  };
}

function joinOptions(a: readonly string[] | null, b: readonly string[] | null): readonly string[] | null {
  return a === null ? b : b === null ? a : [...a, ...b];
}

function malformed(message: string): OutriggerError {
  return new OutriggerError('REQUEST_MALFORMED', message);
}

function tooLarge(message: string): OutriggerError {
  return new OutriggerError('REQUEST_HEADERS_TOO_LARGE', message);
}
