import { describe, expect, it } from 'vitest';
import { tryTheSwap } from '../../../src/lanes/socket/self-test.ts';
import { eventually } from '../../support/eventually.ts';

const openSockets = (): number => process.getActiveResourcesInfo().filter((what) => what.startsWith('TCP')).length;

describe('the trial of the swap', () => {
  it('says that it works in the node that we ship, and leaves nothing open', async () => {
    const before = openSockets();
    const refusals: string[] = [];
    expect(await tryTheSwap((reason) => refusals.push(reason))).toBe('swap');
    expect(refusals).toEqual([]);
    await eventually('all is closed', () => openSockets() === before);
  });
});
