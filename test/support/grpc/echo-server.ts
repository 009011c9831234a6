// A real gRPC runtime (grpc-js): all four kinds of calls; the text of a request says how it is answered.
import { EventEmitter, once } from 'node:events';
import {
  type ChannelOptions,
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { onTestFinished } from 'vitest';
import { type EchoMessage, echoService } from './echo-service.ts';

export interface EchoServer {
  readonly port: number;
  /** The metadata of the last call. */
  readonly lastMetadata: () => Metadata;
  /** Deadline of the last call. */
  readonly lastDeadline: () => Date | number;
  /** Calls begun, and calls that their client cancelled. */
  readonly began: () => number;
  readonly cancelled: () => number;
  /** Resolves when so many calls were cancelled. */
  waitForCancelled(count: number): Promise<void>;
  waitForBegan(count: number): Promise<void>;
  /** Breaks every connection at once. */
  kill(): void;
}

type AnyCall = EventEmitter &
  Pick<ServerUnaryCall<EchoMessage, EchoMessage>, 'metadata' | 'getDeadline' | 'sendMetadata'>;

/** `port` 0 is any free port. */
export async function startEchoServer(options: ChannelOptions = {}, port = 0): Promise<EchoServer> {
  const server = new Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1, ...options });
  const events = new EventEmitter().setMaxListeners(0);
  let lastMetadata = new Metadata();
  let lastDeadline: Date | number = Number.POSITIVE_INFINITY;
  let began = 0;
  let cancelled = 0;
  const begin = (call: AnyCall): void => {
    call.setMaxListeners(0);
    lastMetadata = call.metadata;
    lastDeadline = call.getDeadline();
    began += 1;
    call.on('cancelled', () => {
      cancelled += 1;
      events.emit('change');
    });
    events.emit('change');
    const initial = new Metadata();
    initial.set('x-initial', 'one');
    initial.add('x-initial-bin', Buffer.from([0, 255, 10]));
    if (!call.metadata.get('x-no-initial').length) call.sendMetadata(initial);
  };
  server.addService(echoService, {
    Unary(call: ServerUnaryCall<EchoMessage, EchoMessage>, reply: sendUnaryData<EchoMessage>) {
      begin(call);
      const { text } = call.request;
      if (text === 'hang') return;
      if (text === 'fail') reply({ code: status.FAILED_PRECONDITION, details: 'nö 100 %', metadata: trailers() });
      else reply(null, call.request, trailers());
    },
    ServerStream(call: ServerWritableStream<EchoMessage, EchoMessage>) {
      begin(call);
      const { text, count, blob } = call.request;
      void (async () => {
        for (let index = 0; index < count && !call.cancelled; index++) {
          if (!call.write({ text, blob, count: index }))
            await Promise.race([once(call, 'drain'), once(call, 'cancelled')]);
        }
        if (text === 'hang') return;
        if (text === 'fail') call.emit('error', { code: status.DATA_LOSS, details: 'half way', metadata: trailers() });
        else call.end(trailers());
      })();
    },
    ClientStream(call: ServerReadableStream<EchoMessage, EchoMessage>, reply: sendUnaryData<EchoMessage>) {
      begin(call);
      let count = 0;
      let bytes = 0;
      call.on('data', (message: EchoMessage) => {
        count += 1;
        bytes += message.blob.length;
        if (message.text === 'early')
          reply({ code: status.RESOURCE_EXHAUSTED, details: 'enough', metadata: trailers() });
      });
      call.on('end', () => reply(null, { text: String(bytes), blob: Buffer.alloc(0), count }, trailers()));
    },
    Bidi(call: ServerDuplexStream<EchoMessage, EchoMessage>) {
      begin(call);
      call.on('data', (message: EchoMessage) => call.write(message));
      call.on('end', () => call.end(trailers()));
    },
  });
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, at) => {
      if (error === null) resolve(at);
      else reject(error);
    });
  });
  onTestFinished(() => server.forceShutdown());
  const until = async (reached: () => boolean): Promise<void> => {
    const deadline = AbortSignal.timeout(5000);
    while (!reached()) await once(events, 'change', { signal: deadline });
  };
  return {
    port: bound,
    lastMetadata: () => lastMetadata,
    lastDeadline: () => lastDeadline,
    began: () => began,
    cancelled: () => cancelled,
    waitForCancelled: (count) => until(() => cancelled >= count),
    waitForBegan: (count) => until(() => began >= count),
    kill: () => server.forceShutdown(),
  };
}

function trailers(): Metadata {
  const metadata = new Metadata();
  metadata.set('x-trailing', 'last');
  metadata.add('x-twice', 'a');
  metadata.add('x-twice', 'b');
  metadata.add('x-trailing-bin', Buffer.from([1, 0, 200]));
  return metadata;
}
