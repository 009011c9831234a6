// A small runtime and a client of the Open Inference Protocol over real gRPC (grpc-js): answers repeat the model's name and the id.
import { fileURLToPath } from 'node:url';
import {
  type CallOptions,
  type Client,
  type ClientDuplexStream,
  credentials,
  makeClientConstructor,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServiceDefinition,
  type ServiceError,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { onTestFinished } from 'vitest';

interface InferMessage {
  readonly model_name: string;
  readonly id: string;
  readonly raw_input_contents: readonly Buffer[];
}

export interface InferAnswer {
  readonly model_name: string;
  readonly id: string;
}

const inferenceService = load();

function load(): ServiceDefinition {
  const path = fileURLToPath(new URL('open-inference.proto', import.meta.url));
  const service = loadSync(path, { defaults: true, keepCase: true })['inference.GRPCInferenceService'];
  if (service === undefined || 'format' in service) throw new Error('open-inference.proto has no service');
  return service;
}

/** A message as a client of `method` puts it on the wire: with flag and length before it. */
export function frame(message: Buffer, compressed = false): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = compressed ? 1 : 0;
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

export function encodeInfer(message: object): Buffer {
  const { requestSerialize } = inferenceService.ModelInfer as { requestSerialize: (message: object) => Buffer };
  return requestSerialize(message);
}

export interface InferenceRuntime {
  readonly port: number;
  /** Names of the models that were asked for an inference, in order. */
  readonly inferred: readonly string[];
  /** Streams that began. */
  readonly streams: () => number;
}

export async function startInferenceRuntime(): Promise<InferenceRuntime> {
  const server = new Server({ 'grpc.max_receive_message_length': -1 });
  const inferred: string[] = [];
  let streams = 0;
  const answer = ({ model_name, id, raw_input_contents }: InferMessage): InferAnswer => {
    inferred.push(model_name);
    const bytes = raw_input_contents.reduce((sum, each) => sum + each.length, 0);
    return { model_name, id: `${id}:${bytes}` };
  };
  server.addService(inferenceService, {
    ModelReady: (_call: unknown, reply: sendUnaryData<{ ready: boolean }>) => reply(null, { ready: true }),
    ModelInfer: (call: ServerUnaryCall<InferMessage, InferAnswer>, reply: sendUnaryData<InferAnswer>) =>
      reply(null, answer(call.request)),
    ModelStreamInfer: (call: ServerDuplexStream<InferMessage, InferAnswer>) => {
      streams += 1;
      call.write({ model_name: '', id: 'hello' });
      call.on('data', (message: InferMessage) => call.write(answer(message)));
      call.on('end', () => call.end());
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  onTestFinished(() => server.forceShutdown());
  return { port, inferred, streams: () => streams };
}

type Answered<Answer> = { readonly error: ServiceError | null; readonly answer: Answer | undefined };

export interface InferenceClient {
  ready(name: string): Promise<Answered<{ ready: boolean }>>;
  infer(message: Partial<InferMessage>, options?: CallOptions): Promise<Answered<InferAnswer>>;
  stream(): ClientDuplexStream<Partial<InferMessage>, InferAnswer>;
}

/** `compression`: 0 none, 1 deflate, 2 gzip. */
export function inferenceClient(port: number, compression: 0 | 1 | 2 = 0): InferenceClient {
  const Stub = makeClientConstructor(inferenceService, 'GRPCInferenceService');
  const client = new Stub(`127.0.0.1:${port}`, credentials.createInsecure(), {
    'grpc.enable_retries': 0,
    'grpc.default_compression_algorithm': compression,
    'grpc.max_send_message_length': -1,
  });
  onTestFinished(() => client.close());
  // biome-ignore lint/complexity/noBannedTypes: a stub has whatever its service has
  const stub = client as unknown as Client & Record<string, Function>;
  const unary = <Answer>(method: string, message: object, options: CallOptions = {}): Promise<Answered<Answer>> =>
    new Promise((resolve) => {
      stub[method]?.(message, options, (error: ServiceError | null, answer?: Answer) => resolve({ error, answer }));
    });
  return {
    ready: (name) => unary('ModelReady', { name }),
    infer: (message, options) => unary('ModelInfer', message, options),
    stream: () => stub.ModelStreamInfer?.(),
  };
}
