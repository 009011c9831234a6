import { expect, it } from 'vitest';
import { fieldRole, fieldRoles } from '../../../src/http/hop-by-hop.ts';
import { addToHash, findRole } from '../../../src/lanes/wire/field-roles.ts';

function roleOf(name: string) {
  const bytes = Buffer.from(`..${name}:`, 'latin1');
  const hash = [...name.toLowerCase()].reduce((earlier, char) => addToHash(earlier, char.charCodeAt(0)), 0);
  return findRole(bytes, 2, 2 + name.length, hash);
}

it('finds the role of every field that has one, in any case', () => {
  for (const [name, role] of fieldRoles) expect([roleOf(name), roleOf(name.toUpperCase())], name).toEqual([role, role]);
});

it('finds none for its neighbours in spelling, unless they have one', () => {
  for (const name of fieldRoles.keys()) {
    for (const other of [`${name}x`, name.slice(1), name.slice(0, -1), `x${name}`, name.replace(/[a-z]/, '0')]) {
      expect(roleOf(other), other).toBe(fieldRole(other));
    }
  }
});

it('is not misled by a name with the hash of another: the spelling decides', () => {
  const host = Buffer.from('host');
  const hash = [...host].reduce(addToHash, 0);
  expect(findRole(Buffer.from('gost'), 0, 4, hash)).toBeUndefined();
  expect(findRole(host, 0, 4, hash)).toBe('host');
});
