// Which trailer fields may pass: none that would frame, route or authorise a message whose head was checked without it.
import { FlatHeaderBlock, type HeaderBlock } from './header-block.ts';
import { fieldRole } from './hop-by-hop.ts';

/** `raw` is flat [name, value, …]; null when nothing is left. A recipient may merge trailers into its head (RFC 9110 6.5.1). */
export function readTrailers(raw: readonly string[]): HeaderBlock | null {
  const kept: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    const lowerName = name.toLowerCase();
    if (fieldRole(lowerName) !== undefined || forbidden.has(lowerName)) continue;
    kept.push(name, raw[i + 1] as string);
  }
  return kept.length === 0 ? null : new FlatHeaderBlock(kept);
}

/** Credentials and cookies, beside every field that has a role of its own in a head. */
const forbidden = new Set(['authorization', 'cookie', 'set-cookie', 'content-range']);
