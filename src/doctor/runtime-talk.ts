// What the runtime answers to those who ask it what it is: one look, shared by all checks that need it.
import type { UpstreamConfig } from '../config/slices.ts';
import { openRuntimeCalls, type RuntimeAnswer } from '../puller/runtime/runtime-call.ts';
import { encodeHealthRequest } from '../readiness/grpc-health.ts';
import { exchangeH2c, type H2cAnswer } from '../readiness/h2c.ts';

/** A page's answer, or why there is none. */
export type Page = RuntimeAnswer | Error;

/** Of a gRPC call: its status (0 is fine) and the message, or why there is none. */
export type GrpcAnswer = { readonly status: number | null; readonly message: Buffer } | Error;

/** By path: what each kind of server is known by. */
const knownPages = ['/v2', '/v2/health/ready', '/v1/models', '/ping', '/v1/config'] as const;

export interface Introduction {
  readonly pages: Readonly<Record<(typeof knownPages)[number], Page>>;
  /** ServerLive of V2 at --component-grpc-port. */
  readonly grpc: GrpcAnswer;
  /** The same at --component-port, where that is another one. */
  readonly grpcAtRestPort: GrpcAnswer;
}

export class RuntimeTalk {
  readonly #upstream: UpstreamConfig;
  readonly #callMs: number;
  #introduction: Promise<Introduction> | null = null;

  /** `callMs`: of each call; below the deadline of a check, so that what was found is told. */
  constructor(upstream: UpstreamConfig, callMs: number) {
    this.#upstream = upstream;
    this.#callMs = callMs;
  }

  /** The same for everybody. Never rejects. */
  introduce(): Promise<Introduction> {
    this.#introduction ??= this.#ask();
    return this.#introduction;
  }

  /** Never rejects. */
  async page(path: string, { method = 'GET', body }: { method?: 'GET' | 'POST'; body?: string } = {}): Promise<Page> {
    await using calls = openRuntimeCalls(this.#upstream);
    const call = { method, path, ...(body === undefined ? {} : { body }), deadlineMs: this.#callMs } as const;
    try {
      return await calls.call({ ...call, signal: new AbortController().signal });
    } catch (error) {
      return error as Error;
    }
  }

  async #ask(): Promise<Introduction> {
    const { host, port, grpcHost, grpcPort } = this.#upstream;
    const isSame = host === grpcHost && port === grpcPort;
    const asked = Promise.all(knownPages.map((path) => this.page(path)));
    const grpcAsked = askServerLive(grpcHost, grpcPort, this.#callMs);
    const atRestPort = isSame ? grpcAsked : askServerLive(host, port, this.#callMs);
    const answers = await asked;
    const pages = Object.fromEntries(knownPages.map((path, index) => [path, answers[index]])) as Introduction['pages'];
    return { pages, grpc: await grpcAsked, grpcAtRestPort: await atRestPort };
  }
}

async function askServerLive(host: string, port: number, callMs: number): Promise<GrpcAnswer> {
  const headers = {
    ':method': 'POST',
    ':path': '/inference.GRPCInferenceService/ServerLive',
    'content-type': 'application/grpc',
    te: 'trailers',
  };
  const signal = AbortSignal.timeout(callMs);
  try {
    const body = encodeHealthRequest(''); // an empty message, as ServerLiveRequest is one
    return readGrpcAnswer(await exchangeH2c({ host, port, headers, body, signal }));
  } catch (error) {
    return signal.aborted ? new Error(`no answer within ${callMs} ms`) : (error as Error);
  }
}

/** @throws where HTTP/2 is spoken, but no gRPC */
function readGrpcAnswer({ status, headers, trailers, body }: H2cAnswer): GrpcAnswer {
  const told = trailers['grpc-status'] ?? headers['grpc-status'];
  if (told === undefined) throw new Error(`HTTP/2 with status ${status}, and no grpc-status`);
  return { status: Number(told), message: body.subarray(5) };
}
