// Does anybody still wait for a merged call? It is cancelled when the last of its members has left.
import { Cancellation } from '../../http/cancellation.ts';
import type { Member } from '../member.ts';

export interface AwaitedCall {
  /** Of the call. */
  readonly cancellation: Cancellation;
  /** Its answer is here: from now on members are answered, and nothing is cancelled by that. */
  callEnded(): void;
}

export function awaitedBy(members: readonly Member[]): AwaitedCall {
  const cancellation = new Cancellation();
  let waiting = 0;
  let ended = false;
  const leave = (): void => {
    waiting -= 1;
    if (waiting === 0 && !ended) cancellation.cancel();
  };
  for (const member of members) {
    if (member.settled) continue;
    waiting += 1;
    member.onSettled(leave);
  }
  return {
    cancellation,
    callEnded() {
      ended = true;
    },
  };
}
