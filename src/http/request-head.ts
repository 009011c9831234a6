// A client's header fields, read once: checked against what must not be guessed at, hop-by-hop fields gone, this hop added.
import type { ListenerConfig } from '../config/slices.ts';
import { OutriggerError } from '../errors.ts';
import { authoritySyntax } from './authority.ts';
import { addForwarding, type ForwardingFields } from './forwarded.ts';
import { FlatHeaderBlock, type HeaderBlock, noFields } from './header-block.ts';
import { type FieldRole, fieldRole, readConnectionOptions, withoutFields } from './hop-by-hop.ts';

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
  /** HTTP/1.0: Host may be missing, Expect means nothing, and no message is chunked (RFC 9112 appendix C.2, 6.1). */
  readonly http10?: boolean;
}

const lengthSyntax = /^\d{1,15}$/; // below 2^53

/**
 * `raw` is node's flat [name, value, …] in wire order, pseudo fields removed.
 * @throws OutriggerError REQUEST_MALFORMED, REQUEST_HEADERS_TOO_LARGE, EXPECTATION_FAILED
 */
export function readRequestHead(raw: readonly string[], origin: HeadOrigin, limits: ListenerConfig): RequestHead {
  if (raw.length > 2 * limits.maxHeaderCount) throw tooLarge(`more than ${limits.maxHeaderCount} header fields`);
  const reader = new HeadReader(origin);
  let bytes = 0;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    const value = raw[i + 1] as string;
    bytes += name.length + value.length + 4; // ": " and CRLF
    reader.take(name, value);
  }
  if (bytes > limits.maxHeaderBytes) throw tooLarge(`header fields of more than ${limits.maxHeaderBytes} bytes`);
  return reader.finish();
}

/** Takes one field after the other; it is the head that it reads, so that a request costs one object. */
class HeadReader implements RequestHead, ForwardingFields {
  headers = noFields;
  contentLength: number | null = null;
  chunked = false;
  expectContinue = false;
  contentType: string | undefined;
  userAgent: string | undefined;
  networkProbe: string | undefined;
  forwardedFor: string | undefined;
  forwardedHost: string | undefined;
  forwardedProto: string | undefined;
  readonly #origin: HeadOrigin;
  readonly #kept: string[] = []; // flat
  #host: string | undefined;
  #connectionOptions: readonly string[] | null = null;
  #hasForwarded = false;

  constructor(origin: HeadOrigin) {
    this.#origin = origin;
    this.#host = origin.authority;
  }

  get authority(): string {
    return this.#host ?? '';
  }

  take(name: string, value: string): void {
    const role = fieldRole(name.toLowerCase());
    if (role === 'refuse') throw malformed(`field ${name} looks like a framing field`);
    if (role === undefined || this.#passes(role, value)) this.#kept.push(name, value);
  }

  /** Notes what a field with a role says; false when it ends at this hop or is written anew by the upstream end. */
  #passes(role: FieldRole, value: string): boolean {
    switch (role) {
      case 'host':
        return this.#readHost(value);
      case 'content-length':
        return this.#readContentLength(value);
      case 'transfer-encoding':
        return this.#readTransferEncoding(value);
      case 'expect':
        return this.#readExpect(value);
      case 'connection':
        this.#connectionOptions = readConnectionOptions(value, this.#connectionOptions);
        return false;
      case 'te':
        // Hop-by-hop, but gRPC asks every hop for it (RFC 9113 8.2.2 allows nothing else).
        return this.#origin.protocol === 'http2' && value === 'trailers';
      case 'content-encoding':
        // No content coding, only the name of the transfer coding: a way past filters that look at one of the two.
        if (value.toLowerCase() === 'chunked') throw malformed('chunked is no Content-Encoding');
        return true;
      case 'forwarded-for':
        this.forwardedFor = this.forwardedFor === undefined ? value : `${this.forwardedFor}, ${value}`;
        return false;
      default:
        return this.#note(role, value);
    }
  }

  /** Fields that pass as they are; the first of a name counts. */
  #note(role: FieldRole, value: string): boolean {
    if (role === 'content-type') this.contentType ??= value;
    else if (role === 'user-agent') this.userAgent ??= value;
    else if (role === 'network-probe') this.networkProbe ??= value;
    else if (role === 'forwarded') this.#hasForwarded ||= value !== '';
    else if (role === 'forwarded-host') this.forwardedHost ??= value;
    else if (role === 'forwarded-proto') this.forwardedProto ??= value;
    return role !== 'drop' && role !== 'look-alike' && role !== 'upgrade'; // a WebSocket's is written by server/upgrade.ts
  }

  #readHost(value: string): false {
    if (this.#origin.protocol === 'http2') {
      this.#host ??= value; // RFC 9113 8.3.1: :authority wins over Host
      return false;
    }
    if (this.#host !== undefined) throw malformed('more than one Host field');
    if (!authoritySyntax.test(value)) throw malformed('Host is not a host and port');
    this.#host = value;
    return false;
  }

  #readContentLength(value: string): false {
    if (this.contentLength !== null) throw malformed('more than one Content-Length field');
    if (!lengthSyntax.test(value)) throw malformed('Content-Length is not a plain decimal number');
    this.contentLength = Number(value);
    return false;
  }

  #readTransferEncoding(value: string): false {
    if (this.#origin.http10) throw malformed('Transfer-Encoding in an HTTP/1.0 request');
    if (this.chunked || value.toLowerCase() !== 'chunked') throw malformed('Transfer-Encoding other than chunked');
    this.chunked = true;
    return false;
  }

  #readExpect(value: string): false {
    if (this.#origin.http10) return false; // RFC 9110 10.1.1
    if (value.toLowerCase() !== '100-continue') {
      throw new OutriggerError('EXPECTATION_FAILED', 'the only expectation that can be met is 100-continue');
    }
    this.expectContinue = true;
    return false;
  }

  finish(): RequestHead {
    if (this.chunked && this.contentLength !== null) throw malformed('both Transfer-Encoding and Content-Length');
    const { protocol, http10 = false, clientAddress } = this.#origin;
    if (this.#host === undefined && protocol === 'http1' && !http10) throw malformed('no Host field');
    // Options first: a client cannot have a field removed that this hop adds.
    const options = this.#connectionOptions;
    const fields = options === null ? this.#kept : withoutFields(this.#kept, options);
    addForwarding(fields, this, clientAddress, this.#hasForwarded);
    this.headers = new FlatHeaderBlock(fields);
    return this;
  }
}

function malformed(message: string): OutriggerError {
  return new OutriggerError('REQUEST_MALFORMED', message);
}

function tooLarge(message: string): OutriggerError {
  return new OutriggerError('REQUEST_HEADERS_TOO_LARGE', message);
}
