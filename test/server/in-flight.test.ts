import { expect, it } from 'vitest';
import { InFlightList } from '../../src/server/in-flight.ts';

it('holds what was added and not taken out again', () => {
  const list = new InFlightList<string>();
  for (const name of ['a', 'b', 'c', 'd']) list.add(name);
  list.delete('b');
  list.delete('d');
  list.delete('nobody');
  expect([...list].sort()).toEqual(['a', 'c']);
  expect(list.size).toBe(2);
  list.delete('a');
  list.delete('c');
  expect(list.size).toBe(0);
});
