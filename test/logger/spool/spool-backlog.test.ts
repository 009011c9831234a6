import { describe, expect, it } from 'vitest';
import { SpoolBacklog } from '../../../src/logger/spool/spool-backlog.ts';

describe('the backlog on disk', () => {
  it('reads what an earlier run has left first, then range after range, each to its end', () => {
    const backlog = new SpoolBacklog();
    backlog.found({ lastId: 7, kinds: [2, 1, 0] });
    for (const id of [10, 11]) backlog.add(id, 0);
    backlog.closeRange(); // 12 to 14 are in memory
    backlog.add(15, 1);
    expect(backlog.rows).toBe(6);
    expect(backlog.next()).toEqual({ after: 0, upTo: 7 });
    backlog.remove(3, 0);
    backlog.read(3);
    expect(backlog.next()).toEqual({ after: 3, upTo: 7 });
    backlog.remove(5, 0);
    backlog.remove(7, 1);
    expect(backlog.read(7)).toBeNull();
    expect(backlog.next()).toEqual({ after: 9, upTo: 11 });
    for (const id of [10, 11]) backlog.remove(id, 0);
    backlog.read(11);
    expect(backlog.next()).toEqual({ after: 14, upTo: 15 });
  });

  it('goes on with a range that has grown while it was read', () => {
    const backlog = new SpoolBacklog();
    backlog.add(1, 0);
    backlog.add(2, 0); // after the page up to 1 was asked for
    backlog.remove(1, 0);
    expect(backlog.read(1)).toBeNull();
    expect(backlog.next()).toEqual({ after: 1, upTo: 2 });
    backlog.remove(2, 0);
    expect(backlog.read(2)).toBeNull();
    expect([backlog.next(), backlog.rows, backlog.sinceMs]).toEqual([null, 0, null]);
  });

  it('says what was promised and is not there', () => {
    const backlog = new SpoolBacklog();
    backlog.found({ lastId: 9, kinds: [3, 2, 1] });
    backlog.remove(4, 1);
    expect(backlog.read(9)).toEqual([3, 1, 1]);
    expect(backlog.rows).toBe(0);
  });

  it('knows which rows are none of its own', () => {
    const backlog = new SpoolBacklog();
    backlog.add(5, 0);
    expect(backlog.remove(4, 0)).toBe(false);
    expect(backlog.remove(5, 0)).toBe(true);
  });

  it('begins anew when all of it is lost', () => {
    const backlog = new SpoolBacklog();
    backlog.found({ lastId: 9, kinds: [3, 0, 1] });
    backlog.add(12, 2);
    expect(backlog.clear()).toEqual([3, 0, 2]);
    backlog.add(20, 0);
    expect(backlog.next()).toEqual({ after: 19, upTo: 20 });
  });
});
