// Several pulls and one bound of connections: nobody stands still, and nothing that one leaves is lost for the others.
import { describe, expect, it } from 'vitest';
import { type ConnectionSeat, ConnectionShare } from '../../../src/storage/download/connection-share.ts';

/** Each takes what it may, one connection after the other, until nobody may any more; those who have too many let go. */
function settle(seats: readonly ConnectionSeat[], wants: readonly number[], most: number): number[] {
  for (let turn = 0; turn < 100 * seats.length; turn++) {
    const seat = seats[turn % seats.length] as ConnectionSeat;
    const may = Math.min(seat.most(most), wants[turn % seats.length] as number);
    if (seat.inUse < may) seat.inUse += 1;
    else if (seat.inUse > may) seat.inUse -= 1;
  }
  return seats.map(({ inUse }) => inUse);
}

describe('shared connections', () => {
  it('are all of them for a pull that is alone', () => {
    expect(new ConnectionShare().join().most(16)).toBe(16);
  });

  it('are divided among those who want many, and one who came later gets its part', () => {
    const share = new ConnectionShare();
    const first = share.join();
    expect(settle([first], [64], 16)).toEqual([16]);
    const second = share.join();
    expect(settle([first, second], [64, 64], 16)).toEqual([8, 8]);
  });

  it('that small pulls leave go to the large one', () => {
    const share = new ConnectionShare();
    const seats = [share.join(), share.join(), share.join()];
    expect(settle(seats, [64, 1, 2], 16)).toEqual([13, 1, 2]);
  });

  it('are two for each when there are very many pulls, but never more than one pull may have', () => {
    const share = new ConnectionShare();
    const seats = Array.from({ length: 20 }, () => share.join());
    expect(
      settle(
        seats,
        seats.map(() => 64),
        16,
      ),
    ).toEqual(seats.map(() => 2));
    expect(seats[0]?.most(1)).toBe(1);
  });

  it('come back from a pull that ended', () => {
    const share = new ConnectionShare();
    const [first, second] = [share.join(), share.join()];
    settle([first, second], [64, 64], 16);
    second[Symbol.dispose]();
    expect(first.most(16)).toBe(16);
  });
});
