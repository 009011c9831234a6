// By which id the events of one exchange are told apart from all others, and joined.
import { randomUUID } from 'node:crypto';
import type { HeaderBlock } from '../../http/header-block.ts';
import { readAttributeText } from './header-text.ts';

/** Longer ones are nobody's id. */
const maxIdCharacters = 256;

/** As KServe's agent: Ce-Id, else a UUID; between the two X-Request-Id, which meshes and gateways set (kserve #5591). */
export function readExchangeId(headers: Pick<HeaderBlock, 'get'>): string {
  return readId(headers.get('ce-id')) ?? readId(headers.get('x-request-id')) ?? randomUUID();
}

/** Null: none, blank, or too long. */
function readId(value: string | undefined): string | null {
  if (value === undefined || value.length > maxIdCharacters * 4) return null; // bytes here: up to four a character
  const id = readAttributeText(value);
  return id.length > maxIdCharacters || id.trim() === '' ? null : id;
}
