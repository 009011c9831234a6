// A client of a sink that closes with the test, with answers as promises and what it logged.
import { onTestFinished } from 'vitest';
import type { SinkTls } from '../../src/config/slices.ts';
import type { Attempt, EncodedEvents, Failure } from '../../src/logger/delivery/delivery.ts';
import { openSinkClient, type SinkClientOptions } from '../../src/logger/sink/sink-client.ts';
import { silentLog } from './members.ts';

export const plainTls: SinkTls = {
  caFile: null,
  caRequired: false,
  skipVerify: false,
  certFile: null,
  keyFile: null,
};

export interface TestSinkClient extends AsyncDisposable {
  /** Resolves with what came of it; a second call back, or one out of the call itself, fails the test. */
  post(body?: string | Uint8Array[], headers?: string): Promise<Attempt>;
  /** Null: it can be connected to. */
  reach(): Promise<Failure | null>;
  /** What was logged as an error. */
  readonly errors: { readonly fields: object; readonly message: string }[];
}

export function testSinkClient(options: Partial<SinkClientOptions> & { readonly url: string }): TestSinkClient {
  const errors: { fields: object; message: string }[] = [];
  const log = { ...silentLog, error: (fields: object, message: string) => void errors.push({ fields, message }) };
  const client = openSinkClient({
    workers: 5,
    timeoutMs: 10_000,
    tls: plainTls,
    bearerTokenFile: null,
    log,
    ...options,
  });
  onTestFinished(() => client[Symbol.asyncDispose]());
  return {
    errors,
    reach: () => new Promise((resolve) => client.reach(resolve)),
    post: (body = '{}', headers = 'Content-Type: application/json\r\n') =>
      new Promise((resolve, reject) => {
        let calls = 0;
        let returned = false;
        client.post(eventsOf(body, headers), (attempt) => {
          calls += 1;
          if (calls > 1) reject(new Error('called back twice'));
          if (!returned) reject(new Error('called back out of the call'));
          setImmediate(() => (calls > 1 ? undefined : resolve(attempt)));
        });
        returned = true;
      }),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

function eventsOf(given: string | Uint8Array[], headers: string): EncodedEvents {
  const body = typeof given === 'string' ? [Buffer.from(given)] : given;
  return { headers, body, bodyBytes: body.reduce((sum, { length }) => sum + length, 0) };
}

export function answered(status: number, text = '', retryAfter: string | null = null): Attempt {
  return { kind: 'answered', status, retryAfter, text };
}
