// A client that ended its side while its answer is still pending: does it wait, or is it gone? TCP shows the same for both.
import type { IncomingMessage, ServerResponse } from 'node:http';

/** A waiting client is left alone for so long; most answers come sooner. */
const graceMs = 500;
/** The first write to a vanished client brings its reset, the second finds it. */
const secondAskMs = 50;

/**
 * Listens for the client's FIN. After the grace it is asked by `100 Continue`, which every HTTP/1.1 client must be able
 * to read and to ignore (RFC 9110 15.2): a client that is gone answers with a reset, which ends the exchange.
 * Returns the function that stops listening.
 */
export function watchHalfClose(incoming: IncomingMessage, outgoing: ServerResponse): () => void {
  const { socket } = incoming;
  let timer: NodeJS.Timeout | undefined;
  const ask = (): void => {
    if (outgoing.socket === null || outgoing.headersSent || !socket.writable || incoming.httpVersion !== '1.1') return;
    outgoing.writeContinue();
  };
  const ended = (): void => {
    timer = setTimeout(() => {
      ask();
      timer = setTimeout(ask, secondAskMs);
    }, graceMs);
  };
  socket.once('end', ended);
  return () => {
    clearTimeout(timer);
    socket.off('end', ended);
  };
}
