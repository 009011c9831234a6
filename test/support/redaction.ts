// Rules and bodies for tests of redaction, written briefly.
import type { RedactRule } from '../../src/config/slices.ts';
import type { CapturedBody } from '../../src/logger/event/captured-body.ts';
import type { Redacted } from '../../src/logger/privacy/redact-json.ts';
import { readRules, type SecretRules } from '../../src/logger/privacy/secret-rules.ts';

/** `a.0.*` is a path, all digits an index; `tensor:x` a tensor; `$` the document. */
export function rule(text: string): RedactRule {
  if (text.startsWith('tensor:')) return { kind: 'tensor', name: text.slice('tensor:'.length) };
  const steps = text === '$' ? [] : text.split('.').map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  return { kind: 'path', steps };
}

export function rulesOf(texts: readonly string[]): SecretRules {
  return readRules(texts.map(rule)).others;
}

export function captured(body: Uint8Array | string, pieces = 1): CapturedBody {
  const bytes = Buffer.from(body);
  const step = Math.ceil(bytes.length / pieces) || 1;
  const data = Array.from({ length: pieces }, (_, n) => bytes.subarray(n * step, (n + 1) * step));
  return { data, bytes: bytes.length, totalBytes: bytes.length, broken: false, redacted: 'no' };
}

/** What is left of a text: the same when it is clean, null when it is unreadable. */
export function left(text: string, redacted: Redacted): string | null {
  if (redacted.kind === 'clean') return text;
  return redacted.kind === 'unreadable' ? null : Buffer.from(redacted.bytes).toString();
}
