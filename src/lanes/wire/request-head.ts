// Is a client's head of the plain shape? Found out, checked and read in one pass over its bytes; anything else is for node:http.

import type { ListenerConfig } from '../../config/slices.ts';
import { authoritySyntax } from '../../http/authority.ts';
import { addForwarding, type ForwardingFields } from '../../http/forwarded.ts';
import { FlatHeaderBlock, type HeaderBlock, noFields } from '../../http/header-block.ts';
import type { FieldRole } from '../../http/hop-by-hop.ts';
import { isHealthChecker } from '../../server/probes.ts';
import { FieldLine } from './field-line.ts';
import { HeadMemory } from './head-memory.ts';
import { incomplete, unusual, type WireRequestHead } from './heads.ts';
import { LineCuts } from './line-cuts.ts';
import { findMethod, matchWord } from './request-line.ts';
import { CR, isHost, isTarget, LF, readLength, SLASH, spells } from './syntax.ts';
import { WireFields } from './wire-fields.ts';

export interface WireOrigin {
  readonly limits: ListenerConfig;
  readonly clientAddress: string;
}

type Verdict = 'plain' | 'incomplete' | 'unusual';
type Fate = 'keep' | 'drop' | 'unusual';

// Of the head being read: one for all, since each is read in one go.
const line = new FieldLine();
const cuts = new LineCuts();
const memory = new HeadMemory();

const version = ' HTTP/1.1\r\n';

/**
 * The head that begins at `start`, equal to what http/request-head.ts reads from node's list of it. Never looks at or behind
 * `end`. `incomplete`: what is there is the beginning of a plain head within the limits. `unusual`: node:http judges, which
 * may well find it good.
 */
export function readRequestHead(
  bytes: Buffer,
  start: number,
  end: number,
  origin: WireOrigin,
): WireRequestHead | 'incomplete' | 'unusual' {
  const head = new PlainHead();
  const verdict = head.read(bytes, start, end, origin);
  return verdict === 'plain' ? head : verdict;
}

/** It is the head that it reads, so that a request costs one object. */
class PlainHead implements WireRequestHead, ForwardingFields {
  method = '';
  path = '';
  authority = '';
  headers: HeaderBlock = noFields;
  contentLength: number | null = null;
  chunked = false;
  close = false;
  bytes = 0;
  forwardedFor: string | undefined;
  forwardedHost: string | undefined;
  forwardedProto: string | undefined;
  #hasConnection = false;
  #hasForwarded = false;

  read(bytes: Buffer, start: number, end: number, origin: WireOrigin): Verdict {
    const { limits } = origin;
    const requestLine = this.#readRequestLine(bytes, start, end, limits.maxUrlBytes);
    if (requestLine !== 'plain') return requestLine;
    const linesStart = start + this.method.length + 1 + this.path.length + version.length;
    cuts.begin(linesStart);
    let at = linesStart;
    let count = 0;
    let fieldBytes = 0;
    for (;;) {
      if (at >= end) return incomplete;
      if (bytes[at] === CR) break;
      const scanned = line.scan(bytes, at, end);
      // With its blanks too: what is incomplete is bounded.
      if (line.end - linesStart > limits.maxHeaderBytes) return unusual;
      if (scanned !== 'whole') return scanned;
      at = line.end + 2;
      count++;
      fieldBytes += line.countedBytes;
      if (count > limits.maxHeaderCount || fieldBytes > limits.maxHeaderBytes || !this.#takeLine(bytes)) return unusual;
    }
    if (at + 1 >= end) return incomplete;
    if (bytes[at + 1] !== LF || !this.#isWhole(limits.maxBodyBytes)) return unusual;
    this.bytes = at + 2 - start;
    this.headers = this.#finishFields(bytes, at, origin.clientAddress);
    return 'plain';
  }

  #readRequestLine(bytes: Buffer, start: number, end: number, maxUrlBytes: number): Verdict {
    const method = findMethod(bytes, start, end);
    if (method === incomplete || method === unusual) return method;
    const pathStart = start + method.length + 1;
    if (pathStart === end) return incomplete;
    if (bytes[pathStart] !== SLASH) return unusual; // no origin-form
    let at = pathStart;
    while (at < end && isTarget[bytes[at] as number] === 1) at++;
    if (at - pathStart > maxUrlBytes) return unusual;
    const rest = matchWord(bytes, at, end, version);
    if (rest !== 'whole') return rest === 'part' ? incomplete : unusual;
    this.method = method;
    this.path = bytes.toString('latin1', pathStart, at);
    return 'plain';
  }

  /** False: the head is not plain. */
  #takeLine(bytes: Buffer): boolean {
    const role = line.role(bytes);
    const fate = role === undefined ? 'keep' : this.#judge(bytes, role);
    if (fate === 'drop') return cuts.drop(line.nameStart, line.end + 2);
    return fate === 'keep' && cuts.respace(bytes, line);
  }

  /** The same decisions as in http/request-head.ts, but what is refused there, or rare, is not plain here. */
  #judge(bytes: Buffer, role: FieldRole): Fate {
    switch (role) {
      case 'host':
        return this.#readHost(bytes);
      case 'content-length':
        return this.#readContentLength(bytes);
      case 'transfer-encoding':
        return this.#readTransferEncoding(bytes);
      case 'connection':
        return this.#readConnection(bytes);
      case 'content-encoding':
        return line.valueSpells(bytes, 'chunked') ? unusual : 'keep';
      case 'content-type':
        return 'keep';
      case 'user-agent':
        return isHealthChecker(this.#proberName(bytes)) ? unusual : 'keep';
      case 'drop':
        // node's parser takes these two for Connection and Upgrade in some of their forms.
        return line.nameSpells(bytes, 'proxy-connection') || line.nameSpells(bytes, 'http2-settings')
          ? unusual
          : 'drop';
      case 'look-alike':
        return 'drop';
      case 'forwarded':
        this.#hasForwarded ||= line.valueEnd > line.valueStart;
        return 'keep';
      case 'forwarded-host':
        this.forwardedHost ??= line.value(bytes);
        return 'keep';
      case 'forwarded-proto':
        this.forwardedProto ??= line.value(bytes);
        return 'keep';
      case 'forwarded-for':
        this.forwardedFor =
          this.forwardedFor === undefined ? line.value(bytes) : `${this.forwardedFor}, ${line.value(bytes)}`;
        return 'drop';
      default:
        return unusual; // expect, network-probe, refuse, te, trailer, upgrade
    }
  }

  #readHost(bytes: Buffer): Fate {
    if (this.authority !== '' || line.valueEnd === line.valueStart) return unusual;
    const value = line.value(bytes);
    for (let at = line.valueStart; at < line.valueEnd; at++) {
      if (isHost[bytes[at] as number] === 0 && !authoritySyntax.test(value)) return unusual;
    }
    this.authority = value;
    return 'drop';
  }

  #readContentLength(bytes: Buffer): Fate {
    const length = readLength(bytes, line.valueStart, line.valueEnd);
    if (this.contentLength !== null || length === -1 || hasBlanksBehind(line)) return unusual;
    this.contentLength = length;
    return 'drop';
  }

  #readTransferEncoding(bytes: Buffer): Fate {
    if (this.chunked || !line.valueSpells(bytes, 'chunked') || hasBlanksBehind(line)) return unusual;
    this.chunked = true;
    return 'drop';
  }

  #readConnection(bytes: Buffer): Fate {
    this.close = line.valueSpells(bytes, 'close');
    if (this.#hasConnection || !(this.close || line.valueSpells(bytes, 'keep-alive'))) return unusual;
    this.#hasConnection = true;
    return 'drop';
  }

  /** The value, if it may be that of a prober by its first byte: the string of an ordinary one is not worth making. */
  #proberName(bytes: Buffer): string | undefined {
    return spells(bytes, line.valueStart, line.valueStart + 1, 'k') ? line.value(bytes) : undefined;
  }

  #isWhole(maxBodyBytes: number | null): boolean {
    if (this.authority === '') return false;
    if (this.contentLength === null) return true;
    return !this.chunked && (maxBodyBytes === null || this.contentLength <= maxBodyBytes);
  }

  #finishFields(bytes: Buffer, linesEnd: number, clientAddress: string): HeaderBlock {
    const added: string[] = [];
    addForwarding(added, this, clientAddress, this.#hasForwarded);
    const hop = new FlatHeaderBlock(added);
    const lines = memory.take(cuts.leftBytes(linesEnd) + hop.wireBytes);
    hop.copyTo(lines, cuts.copyLeft(bytes, linesEnd, lines));
    return new WireFields(lines);
  }
}

/** Framing that needs a trim is framing that somebody may read untrimmed. */
function hasBlanksBehind({ valueEnd, end }: FieldLine): boolean {
  return valueEnd !== end;
}
