// A 1xx answer on the wire, in front of the final one.
import type { HeaderBlock } from '../../http/header-block.ts';
import type { LaneSocket } from '../socket/lane-socket.ts';
import type { Scratch } from '../socket/scratch.ts';

export interface Informational {
  readonly status: number;
  readonly headers: HeaderBlock;
}

/** 100 has its phrase and no fields, as node:http writes it; others have an empty phrase. */
export function sendInformational(socket: LaneSocket, scratch: Scratch, { status, headers }: Informational): void {
  const continues = status === 100;
  const line = continues ? 'HTTP/1.1 100 Continue\r\n' : `HTTP/1.1 ${status} \r\n`;
  const target = scratch.take(line.length + headers.wireBytes + 2);
  let end = target.write(line, 0, 'latin1');
  if (!continues) end = headers.copyTo(target, end);
  end += target.write('\r\n', end, 'latin1');
  scratch.send(socket, end);
}
