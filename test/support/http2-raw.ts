// Both ends of HTTP/2 as frames on a socket: a runtime that answers by hand, and a client that may send anything.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { eventually } from './eventually.ts';
import { ack, type Frame, frame, frameType, preface, readFrames } from './http2-frames.ts';
import { serve } from './runtimes/probed.ts';

export interface FramePeer {
  readonly socket: Socket;
  /** Received so far, the peer's SETTINGS included. */
  readonly frames: readonly Frame[];
  readonly closed: () => boolean;
  send(...frames: readonly Uint8Array[]): void;
  /** Waits for a frame of that kind. */
  until(what: string, wanted: (frame: Frame) => boolean): Promise<Frame>;
}

export async function frameClient(port: number): Promise<FramePeer> {
  const peer = await framePeerOf(port);
  peer.send(preface, frame(frameType.settings, 0, 0));
  return peer;
}

/** A client that has not said a word yet. */
export async function framePeerOf(port: number): Promise<FramePeer> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  onTestFinished(() => {
    socket.destroy();
  });
  await once(socket, 'connect');
  return framePeer(socket, 0);
}

/** `onFrame` is called with each frame of the agent; SETTINGS are exchanged already. */
export async function frameRuntime(
  onFrame: (peer: FramePeer, frame: Frame) => void,
): Promise<{ readonly port: number }> {
  return await serve(
    createServer({ noDelay: true }, (socket) => {
      const peer: FramePeer = framePeer(socket, preface.length, (received) => {
        if (received.type === frameType.settings && received.flags !== ack)
          peer.send(frame(frameType.settings, ack, 0));
        onFrame(peer, received);
      });
      peer.send(frame(frameType.settings, 0, 0));
    }),
  );
}

function framePeer(socket: Socket, skipBytes: number, onFrame: (frame: Frame) => void = () => undefined): FramePeer {
  const frames: Frame[] = [];
  let pending = Buffer.alloc(0);
  let skip = skipBytes;
  let closed = false;
  socket.on('error', () => undefined);
  socket.on('close', () => {
    closed = true;
  });
  socket.on('data', (chunk: Buffer) => {
    const skipped = Math.min(skip, chunk.length);
    skip -= skipped;
    const read = readFrames(Buffer.concat([pending, chunk.subarray(skipped)]));
    pending = Buffer.from(read.rest);
    for (const one of read.frames) {
      frames.push(one);
      onFrame(one);
    }
  });
  return {
    socket,
    frames,
    closed: () => closed,
    send: (...toSend) => {
      if (!socket.destroyed) socket.write(Buffer.concat(toSend));
    },
    async until(what, wanted) {
      await eventually(what, () => frames.some(wanted));
      return frames.find(wanted) as Frame;
    },
  };
}
