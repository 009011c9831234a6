// Which role has a field (http/hop-by-hop.ts), asked with its bytes: most names have none, and that costs one load.
import { type FieldRole, fieldRoles } from '../../http/hop-by-hop.ts';
import { spells } from './syntax.ts';

const slotCount = 512; // a power of two, several times the roles: most slots are empty
const slotMask = slotCount - 1;

interface Slot {
  readonly hash: number;
  readonly name: string;
  readonly role: FieldRole;
}

/** The hash of a name is built while it is scanned, from 0, one byte in lower case after the other. */
export function addToHash(hash: number, lowerByte: number): number {
  return (Math.imul(hash, 31) + lowerByte) | 0;
}

const slots: readonly (Slot | null)[] = buildSlots();

/** The role of the field whose name, with that hash, stands at `[start, end)`; undefined for an ordinary field. */
export function findRole(bytes: Uint8Array, start: number, end: number, hash: number): FieldRole | undefined {
  for (let at = hash & slotMask; ; at = (at + 1) & slotMask) {
    const slot = slots[at] as Slot | null;
    if (slot === null) return undefined;
    if (slot.hash === hash && spells(bytes, start, end, slot.name)) return slot.role;
  }
}

function buildSlots(): (Slot | null)[] {
  const built: (Slot | null)[] = Array.from({ length: slotCount }, () => null);
  for (const [name, role] of fieldRoles) {
    let hash = 0;
    for (let i = 0; i < name.length; i++) hash = addToHash(hash, name.charCodeAt(i));
    let at = hash & slotMask;
    while (built[at] !== null) at = (at + 1) & slotMask;
    built[at] = { hash, name, role };
  }
  return built;
}
