// JSON without its secrets: one document, or several one behind the other (NDJSON).
import { malformed, type Span, skipSpace } from '../../v2/json/json-scan.ts';
import { findInMessage } from './find-in-message.ts';
import type { SecretRules } from './secret-rules.ts';
import { splice } from './splice.ts';

/** `clean`: no rule matches. `unreadable`: there may be secrets that nobody can find. */
export type Redacted =
  | { readonly kind: 'clean' }
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'redacted'; readonly bytes: Uint8Array; readonly headerLength: string | null };

export const clean: Redacted = { kind: 'clean' };
export const unreadable: Redacted = { kind: 'unreadable' };

export function redactJson(text: Uint8Array, rules: SecretRules): Redacted {
  const into: Span[] = [];
  return findInDocuments(text, 0, { rules, into }) ? redactedText(text, into) : unreadable;
}

export function redactedText(text: Uint8Array, secrets: readonly Span[]): Redacted {
  return secrets.length === 0 ? clean : { kind: 'redacted', bytes: splice(text, secrets), headerLength: null };
}

export interface DocumentsSearch {
  readonly rules: SecretRules;
  readonly into: Span[];
}

/** False: from `start` to the end of the text there is not only JSON, or none. */
export function findInDocuments(text: Uint8Array, start: number, { rules, into }: DocumentsSearch): boolean {
  let at = skipSpace(text, start);
  do {
    at = findInMessage(text, at, { rules, into, blobs: null });
    if (at === malformed) return false;
    at = skipSpace(text, at);
  } while (at < text.length);
  return true;
}
