import { describe, expect, it } from 'vitest';
import { Client } from '../../src/http/client.ts';

function memories() {
  const gone: string[] = [];
  const make = (name: string) => () => ({ name, clientGone: () => gone.push(name) });
  return { gone, make };
}

describe('a client', () => {
  it('keeps one memory for each owner', () => {
    const client = new Client(false);
    const { make, gone } = memories();
    const [one, other] = [{}, {}];
    const first = client.recall(one, make('one'));
    expect(client.recall(other, make('other')).name).toBe('other');
    expect(client.recall(one, make('again'))).toBe(first);
    expect(gone).toEqual([]);
  });

  it('keeps 16 memories; one more takes the place of the one that was not asked for the longest', () => {
    const client = new Client(true);
    const { make, gone } = memories();
    const owners = Array.from({ length: 17 }, (_, index) => ({ name: `${index}` }));
    for (const owner of owners.slice(0, 16)) client.recall(owner, make(owner.name));
    client.recall(owners[0] as object, make('again'));
    expect(gone).toEqual([]);
    client.recall(owners[16] as object, make('16'));
    expect(gone).toEqual(['1']);
    expect(client.recall(owners[1] as object, make('1 again')).name).toBe('1 again');
    expect(gone).toEqual(['1', '2']);
    expect(client.recall(owners[0] as object, make('0 again')).name).toBe('0');
  });

  it('tells each memory once that it is gone', () => {
    const client = new Client(false);
    const { make, gone } = memories();
    client.recall({}, make('a'));
    client.recall({}, make('b'));
    client.close();
    client.close();
    expect(gone).toEqual(['a', 'b']);
  });

  it('that is gone gets a memory that knows it, and keeps none', () => {
    const client = new Client(false);
    const { make, gone } = memories();
    client.close();
    const owner = {};
    expect(client.recall(owner, make('late')).name).toBe('late');
    expect(gone).toEqual(['late']);
    expect(client.recall(owner, make('later')).name).toBe('later');
  });
});
