// Where are the parts of one field line, `name: value CRLF`? As strict as node's parser: tokens, no obs-fold, no bare CR or LF.
import type { FieldRole } from '../../http/hop-by-hop.ts';
import { addToHash, findRole } from './field-roles.ts';
import { incomplete, unusual } from './heads.ts';
import { COLON, CR, HTAB, isFieldValue, LF, lowerToken, SP, spells } from './syntax.ts';

/** The line scanned last. One for all heads of a kind: a head is read in one go. */
export class RequestField {
  nameStart = 0;
  nameEnd = 0; // where the colon is
  /** Of the value without the blanks around it. */
  valueStart = 0;
  valueEnd = 0;
  /** Where its CRLF begins; when the line is not whole, how far it was looked at. */
  end = 0;
  #nameHash = 0;

  /** Scans the line that begins at `start`, and nothing at or behind `limit`. `incomplete`: there is no whole line yet. */
  scan(bytes: Uint8Array, start: number, limit: number): 'whole' | 'incomplete' | 'unusual' {
    let at = start;
    let hash = 0;
    for (; at < limit; at++) {
      const lower = lowerToken[bytes[at] as number] as number;
      if (lower === 0) break;
      hash = addToHash(hash, lower);
    }
    this.nameStart = start;
    this.nameEnd = at;
    this.#nameHash = hash;
    this.end = at;
    if (at >= limit) return incomplete;
    if (bytes[at] !== COLON || at === start) return unusual;
    at++;
    while (at < limit && isBlank(bytes[at] as number)) at++;
    this.valueStart = at;
    while (at < limit && isFieldValue[bytes[at] as number] === 1) at++;
    this.end = at;
    if (at >= limit) return incomplete;
    if (bytes[at] !== CR) return unusual;
    if (at + 1 >= limit) return incomplete;
    if (bytes[at + 1] !== LF) return unusual;
    while (at > this.valueStart && isBlank(bytes[at - 1] as number)) at--;
    this.valueEnd = at;
    return 'whole';
  }

  /** Undefined for an ordinary field. */
  role(bytes: Uint8Array): FieldRole | undefined {
    return findRole(bytes, this.nameStart, this.nameEnd, this.#nameHash);
  }

  nameSpells(bytes: Uint8Array, lowerWord: string): boolean {
    return spells(bytes, this.nameStart, this.nameEnd, lowerWord);
  }

  valueSpells(bytes: Uint8Array, lowerWord: string): boolean {
    return spells(bytes, this.valueStart, this.valueEnd, lowerWord);
  }

  value(bytes: Buffer): string {
    return bytes.toString('latin1', this.valueStart, this.valueEnd);
  }

  /** Of name and value, and the four of `: ` and CRLF: how http/request-head.ts counts. */
  get countedBytes(): number {
    return this.nameEnd - this.nameStart + this.valueEnd - this.valueStart + 4;
  }
}

function isBlank(byte: number): boolean {
  return byte === SP || byte === HTAB;
}
