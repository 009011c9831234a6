// The floor of a download in Node: raw sockets that read ranges into one buffer and write them to their place, nothing checked.
// `node raw-ranges.ts PORT BYTES CONNECTIONS FOLDER`
import { constants, ftruncateSync, openSync, writeSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

const [portText, bytesText, connectionsText, folder = ''] = process.argv.slice(2);
const [port, bytes, connections] = [Number(portText), Number(bytesText), Number(connectionsText)];
const partBytes = 8 * 2 ** 20;
const fd = openSync(join(folder, 'file'), constants.O_RDWR | constants.O_CREAT, 0o644);
ftruncateSync(fd, bytes);
let nextPart = 0;

function open(): void {
  const buffer = Buffer.allocUnsafe(256 * 1024);
  let [at, last, inHead] = [0, -1, true];
  const callback = (length: number): boolean => {
    let from = 0;
    if (inHead) {
      from = buffer.subarray(0, length).indexOf('\r\n\r\n') + 4; // a head never comes in two pieces here
      inHead = false;
    }
    if (from < length) at += writeSync(fd, buffer, from, length - from, at);
    if (at > last) ask();
    return true;
  };
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, onread: { buffer, callback } });
  const ask = (): void => {
    if (nextPart >= bytes) {
      socket.destroy();
      return;
    }
    [at, last, inHead] = [nextPart, Math.min(nextPart + partBytes, bytes) - 1, true];
    nextPart = last + 1;
    socket.write(`GET /model.bin HTTP/1.1\r\nHost: store\r\nRange: bytes=${at}-${last}\r\n\r\n`);
  };
  socket.on('connect', ask);
}

for (let nth = 0; nth < connections; nth++) open();
