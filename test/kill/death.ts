// How somebody dies: by FIN or by RST, at once or behind a silence.
import type { Socket } from 'node:net';

export interface Death {
  readonly how: 'FIN' | 'RST';
  /** Silent for so long before it. */
  readonly behindMs: number;
}

const silenceMs = 15;
export const deaths: readonly Death[] = [
  { how: 'FIN', behindMs: 0 },
  { how: 'RST', behindMs: 0 },
  { how: 'FIN', behindMs: silenceMs },
  { how: 'RST', behindMs: silenceMs },
];

/** Within this call when there is no silence. `dying`: told at the end of the silence, in front of the death. */
export async function die(socket: Socket, { how, behindMs }: Death, dying?: () => void): Promise<void> {
  if (behindMs > 0) await new Promise((resolve) => setTimeout(resolve, behindMs));
  dying?.();
  if (how === 'FIN') socket.end();
  else socket.resetAndDestroy();
}
