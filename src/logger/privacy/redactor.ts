// Makes what the operator calls secret unreadable in a body before it is logged, and removes every body in which it cannot be found.
import type { RedactRule } from '../../config/slices.ts';
import { type DecodedBody, decodeBody } from '../../http/content-coding.ts';
import { openBrace, openBracket, skipSpace } from '../../v2/json/json-scan.ts';
import type { CapturedBody } from '../event/captured-body.ts';
import { joinPieces } from '../event/pieces.ts';
import { type BodyForm, formOf, type SentAs } from './body-form.ts';
import { redactBinary } from './redact-binary.ts';
import { redactEventStream } from './redact-event-stream.ts';
import { type Redacted, redactJson, unreadable } from './redact-json.ts';
import { type RulesByApi, readRules, rulesFor, type SecretRules } from './secret-rules.ts';

export interface RedactionFacts extends SentAs {
  readonly contentEncoding: string | null;
  /** Of the request. */
  readonly path: string;
}

export interface Redactor {
  /** So many bytes of a body must be kept for being redacted; larger bodies are removed, since they cannot be read. */
  readonly maxBodyBytes: number;
  /** A promise only when it must be decoded in another thread first. Never throws and never rejects. */
  redact(body: CapturedBody, facts: RedactionFacts): CapturedBody | Promise<CapturedBody>;
}

/** Null: nothing is to be redacted. */
export function openRedactor(rules: readonly RedactRule[]): Redactor | null {
  return rules.length === 0 ? null : new RuleRedactor(readRules(rules));
}

const mebibyte = 1_048_576;
/** Of all bodies that are being decoded at once; a few small bodies may decode to very much. */
const maxDecodingBytes = 16 * mebibyte;

class RuleRedactor implements Redactor {
  readonly maxBodyBytes = 4 * mebibyte; // what a walk through small values takes 50 ms for, on the event loop
  readonly #rules: RulesByApi;
  #decodingBytes = 0;

  constructor(rules: RulesByApi) {
    this.#rules = rules;
  }

  redact(body: CapturedBody, facts: RedactionFacts): CapturedBody | Promise<CapturedBody> {
    const { contentEncoding, headerLength, path } = facts;
    if (body.totalBytes === 0) return body;
    const form = formOf(facts);
    const isWhole = !body.broken && body.bytes === body.totalBytes;
    if (form === null || !isWhole) return removed(body);
    const rules = rulesFor(path, this.#rules);
    let reserved = 0;
    const finish = (decoded: DecodedBody): CapturedBody => {
      this.#decodingBytes -= reserved;
      const redacted =
        decoded.kind === 'bytes' ? redactBytes(decoded.bytes, { form, headerLength, rules }) : unreadable;
      return dress(body, redacted);
    };
    const decoded = decodeBody(joinPieces(body.data), contentEncoding ?? undefined, {
      maxBytes: this.maxBodyBytes,
      bombBytes: this.maxBodyBytes,
      reserve: (bytes) => {
        if (this.#decodingBytes + bytes > maxDecodingBytes) return false;
        this.#decodingBytes += bytes;
        reserved += bytes;
        return true;
      },
    });
    return decoded instanceof Promise ? decoded.then(finish) : finish(decoded);
  }
}

interface Reading {
  readonly form: BodyForm;
  readonly headerLength: string | null;
  readonly rules: SecretRules;
}

function redactBytes(bytes: Uint8Array, { form, headerLength, rules }: Reading): Redacted {
  switch (form) {
    case 'binary':
      return redactBinary(bytes, headerLength ?? '', rules);
    case 'event_stream':
      return redactEventStream(bytes, rules);
    case 'json':
      return redactJson(bytes, rules);
    case 'perhaps_json': {
      const first = bytes[skipSpace(bytes, 0)];
      return first === openBrace || first === openBracket ? redactJson(bytes, rules) : unreadable;
    }
  }
}

/** A clean body stays as it was sent, coded if it was. One with redacted parts is decoded and whole. */
function dress(body: CapturedBody, redacted: Redacted): CapturedBody {
  if (redacted.kind === 'clean') return body;
  if (redacted.kind === 'unreadable') return removed(body);
  const { bytes, headerLength } = redacted;
  const recoded = { contentEncoding: null, headerLength };
  return { ...body, data: [bytes], bytes: bytes.length, totalBytes: bytes.length, redacted: 'parts', recoded };
}

function removed(body: CapturedBody): CapturedBody {
  return { ...body, data: [], bytes: 0, redacted: 'removed' };
}
