// A V2 message with binary tensors without its secrets: stars in its JSON, zeros in its blobs (OIP inference_rest.md, binary extension).
import { malformed, type Span, skipSpace } from '../../v2/json/json-scan.ts';
import { findInMessage, type TensorBlob } from './find-in-message.ts';
import { clean, type Redacted, unreadable } from './redact-json.ts';
import type { SecretRules } from './secret-rules.ts';
import { splice } from './splice.ts';

/** `headerLength`: Inference-Header-Content-Length. With 0 the body is one tensor whose name nobody tells. */
export function redactBinary(body: Uint8Array, headerLength: string, rules: SecretRules): Redacted {
  const headerBytes = /^\d{1,10}$/.test(headerLength) ? Number(headerLength) : 0;
  if (headerBytes === 0 || headerBytes > body.length) return unreadable;
  const header = body.subarray(0, headerBytes);
  const into: Span[] = [];
  const blobs: TensorBlob[] = [];
  const end = findInMessage(header, skipSpace(header, 0), { rules, into, blobs });
  if (end === malformed || skipSpace(header, end) !== headerBytes) return unreadable;
  if (headerBytes + blobs.reduce((sum, { bytes }) => sum + bytes, 0) !== body.length) return unreadable;
  const hidesBlobs = blobs.some(({ bytes, isSecret }) => isSecret && bytes > 0);
  if (into.length === 0 && !hidesBlobs) return clean;
  const text = into.length === 0 ? header : splice(header, into);
  const bytes = Buffer.concat([text, body.subarray(headerBytes)]); // a copy, whose blobs may be changed
  let at = text.length;
  for (const blob of blobs) {
    if (blob.isSecret && !blank(bytes.subarray(at, at + blob.bytes), blob)) return unreadable;
    at += blob.bytes;
  }
  return { kind: 'redacted', bytes, headerLength: String(text.length) };
}

const prefixBytes = 4;

/** Lengths stay, so that there are as many elements as the shape says. False: they do not fit the blob. */
function blank(blob: Buffer, { hasLengths }: TensorBlob): boolean {
  let at = 0;
  while (hasLengths && at < blob.length) {
    if (at + prefixBytes > blob.length) return false;
    const start = at + prefixBytes;
    at = start + blob.readUInt32LE(at);
    if (at > blob.length) return false;
    blob.fill(0, start, at);
  }
  if (!hasLengths) blob.fill(0);
  return true;
}
