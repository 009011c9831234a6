// Clients that ask a model again and again, by REST and by gRPC: which of its versions has answered, and what has failed?
import { setTimeout as wait } from 'node:timers/promises';
import { type Client, credentials, makeClientConstructor, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const callLimitMs = 30_000;
/** Between two questions of one client: the runtime that loads meanwhile needs the processor too. */
const pauseMs = 10;

/** Every model multiplies by the number of its version. `factor`: that number; else what else came, in words. */
export type Answer = number | string;

export type Ask = (model: string, rows: readonly number[]) => Promise<Answer>;

/** Of one client. */
export interface Tally {
  readonly answers: ReadonlyMap<Answer, number>;
}

/** `port`: of the agent, or of the runtime itself. */
export function askByRest(port: number): Ask {
  return async (model, rows) => {
    const inputs = [{ name: 'X', shape: [rows.length, 1], datatype: 'FP32', data: rows }];
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/v2/models/${model}/infer`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ inputs }),
        signal: AbortSignal.timeout(callLimitMs),
      });
      const text = await answer.text();
      return answer.status === 200 ? factorOf(rows, JSON.parse(text).outputs[0].data) : `${answer.status} ${text}`;
    } catch (error) {
      return `${error}: ${(error as Error).cause}`;
    }
  };
}

interface Infer {
  ModelInfer(
    request: object,
    options: { deadline: number },
    done: (error: ServiceError | null, answer?: { raw_output_contents: readonly [Buffer] }) => void,
  ): void;
}

/** The client is closed by who has opened it. */
export function askByGrpc(port: number): { readonly ask: Ask; close(): void } {
  const service = loadSync(`${import.meta.dirname}/infer.proto`, { keepCase: true })['inference.GRPCInferenceService'];
  if (service === undefined || 'format' in service) throw new Error('infer.proto has no service');
  const Stub = makeClientConstructor(service, 'GRPCInferenceService');
  const client = new Stub(`127.0.0.1:${port}`, credentials.createInsecure(), { 'grpc.enable_retries': 0 });
  const stub = client as unknown as Client & Infer;
  const ask: Ask = (model, rows) => {
    const inputs = [{ name: 'X', datatype: 'FP32', shape: [rows.length, 1] }];
    const request = { model_name: model, inputs, raw_input_contents: [Buffer.from(Float32Array.from(rows).buffer)] };
    return new Promise((resolve) => {
      stub.ModelInfer(request, { deadline: Date.now() + callLimitMs }, (error, answer) => {
        const raw = answer?.raw_output_contents[0] ?? Buffer.alloc(0);
        resolve(
          error === null
            ? factorOf(
                rows,
                rows.map((_, nth) => raw.readFloatLE(4 * nth)),
              )
            : `${error.message}`,
        );
      });
    });
  };
  return { ask, close: () => stub.close() };
}

function factorOf(rows: readonly number[], answers: readonly number[]): Answer {
  const factors = new Set(rows.map((row, nth) => (answers[nth] ?? Number.NaN) / row));
  const [factor] = factors;
  return factors.size === 1 && answers.length === rows.length ? (factor ?? 0) : `${rows} answered by ${answers}`;
}

/** Three clients of each kind, each with rows of its own, until `change` has ended and a little longer. */
export async function tallyDuring(asks: readonly Ask[], model: string, change: () => Promise<void>): Promise<Tally[]> {
  let done = false;
  const tallies = asks.map(() => new Map<Answer, number>());
  const clients = asks.flatMap((ask, kind) =>
    [1, 2, 3].map(async (client) => {
      const tally = tallies[kind]!;
      for (let asked = 0; !done; asked++) {
        const first = 1 + ((asked * 3 + client) % 50);
        const answer = await ask(
          model,
          Array.from({ length: client }, (_, nth) => first + nth),
        );
        tally.set(answer, (tally.get(answer) ?? 0) + 1);
        await wait(pauseMs);
      }
    }),
  );
  try {
    await change();
    await wait(20 * pauseMs);
  } finally {
    done = true;
    await Promise.all(clients);
  }
  return tallies.map((answers) => ({ answers }));
}
