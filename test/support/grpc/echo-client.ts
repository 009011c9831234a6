// A real gRPC client (grpc-js) of echo.proto: promises for what ends, the calls themselves for streams.
import type { EventEmitter } from 'node:events';
import {
  type CallOptions,
  type ChannelOptions,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ClientUnaryCall,
  type ClientWritableStream,
  credentials,
  Metadata,
  makeClientConstructor,
  type ServiceError,
  type StatusObject,
} from '@grpc/grpc-js';
import { onTestFinished } from 'vitest';
import { type EchoMessage, echoService } from './echo-service.ts';

interface EchoStub {
  Unary(
    message: Partial<EchoMessage>,
    metadata: Metadata,
    options: CallOptions,
    done: (error: ServiceError | null, answer?: EchoMessage) => void,
  ): ClientUnaryCall;
  ServerStream(
    message: Partial<EchoMessage>,
    metadata: Metadata,
    options: CallOptions,
  ): ClientReadableStream<EchoMessage>;
  ClientStream(
    metadata: Metadata,
    options: CallOptions,
    done: (error: ServiceError | null, answer?: EchoMessage) => void,
  ): ClientWritableStream<Partial<EchoMessage>>;
  Bidi(metadata: Metadata, options: CallOptions): ClientDuplexStream<Partial<EchoMessage>, EchoMessage>;
  close(): void;
}

/** How a call ended: never a rejection, so that failures are asserted by code. */
interface Outcome {
  readonly status: StatusObject;
  readonly initial: Metadata | null;
  readonly messages: readonly EchoMessage[];
}

export interface EchoClient {
  readonly stub: EchoStub;
  unary(message: Partial<EchoMessage>, options?: CallOptions, metadata?: Metadata): Promise<Outcome>;
  /** Follows a call from now to its end. */
  outcomeOf(
    call: ClientReadableStream<EchoMessage> | ClientDuplexStream<Partial<EchoMessage>, EchoMessage>,
  ): Promise<Outcome>;
  clientStream(messages: Iterable<Partial<EchoMessage>>, options?: CallOptions): Promise<Outcome>;
}

export function echoClient(port: number, options: ChannelOptions = {}): EchoClient {
  const Client = makeClientConstructor(echoService, 'Echo');
  const unlimited = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 };
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    'grpc.enable_retries': 0,
    ...unlimited,
    ...options,
  });
  const stub = client as unknown as EchoStub;
  onTestFinished(() => client.close());

  const follow = (call: EventEmitter, messages: EchoMessage[]): Promise<Outcome> =>
    new Promise((resolve) => {
      let initial: Metadata | null = null;
      call.on('metadata', (metadata: Metadata) => {
        initial = metadata;
      });
      call.on('status', (status: StatusObject) => resolve({ status, initial, messages }));
      call.on('error', () => undefined); // the status says it
    });
  return {
    stub,
    unary(message, callOptions = {}, metadata = new Metadata()) {
      const messages: EchoMessage[] = [];
      const call = stub.Unary(message, metadata, callOptions, (_error, answer) => {
        if (answer !== undefined) messages.push(answer);
      });
      return follow(call, messages);
    },
    outcomeOf(call) {
      const messages: EchoMessage[] = [];
      call.on('data', (message: EchoMessage) => messages.push(message));
      return follow(call, messages);
    },
    clientStream(toSend, callOptions = {}) {
      const messages: EchoMessage[] = [];
      const call = stub.ClientStream(new Metadata(), callOptions, (_error, answer) => {
        if (answer !== undefined) messages.push(answer);
      });
      const outcome = follow(call, messages);
      for (const message of toSend) call.write(message);
      call.end();
      return outcome;
    },
  };
}
