// Is a client being read at this moment? Then the poll of this turn of the event loop is over, and what it found is being handed out.

/** Set by the client end around each read of libuv's; never around reads that node replays at other moments. */
export class ReadMoment {
  /** Also: so few connections are open that one poll has room for all of them (runtime/turn-end.ts). */
  now = false;
}
