// An agent that logs into a bucket of the test's own, before a runtime of the test's own.
import { expect, onTestFinished } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { serveHttp } from '../../support/runtimes/probed.ts';
import { S3Server, type S3ServerOptions, testAccount } from '../../support/stores/s3-server.ts';
import { startTestAgent, type TestAgent } from '../../support/test-agent.ts';
import { type Received, send } from '../batching/caller.ts';
import { type Account, answerOk, post, readAccount } from './logging.ts';

export const label = 's3://logs/prefix';

/** One of KServe's log records, as a reader of JSON finds it. */
export interface StoredRecord {
  readonly url: Readonly<Record<string, unknown>>;
  readonly bytes: string;
  readonly id: string;
  readonly reqType: string;
  readonly [field: string]: unknown;
}

export interface StoreLogging {
  readonly agent: TestAgent;
  readonly server: S3Server;
  /** With this Ce-Id. */
  infer(id: string, body?: string): Promise<Received>;
  /** Waits until nothing is left to deliver. @returns what is in the bucket, by key */
  stored(objects: number): Promise<ReadonlyMap<string, Buffer>>;
  account(): Promise<Account>;
}

export async function startBucket(options: S3ServerOptions = {}): Promise<S3Server> {
  const server = await S3Server.start(options);
  server.bucket('logs');
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

export function s3Environment({ url }: Pick<S3Server, 'url'>): Record<string, string> {
  const { accessKeyId, secretAccessKey } = testAccount;
  return {
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: 'us-east-1',
  };
}

/** Retries come soon, whatever `flags` say of anything else. */
export async function startStoreLogging(
  flags: readonly string[] = [],
  options: S3ServerOptions | S3Server = {},
  env?: Readonly<Record<string, string>>,
): Promise<StoreLogging> {
  const server = options instanceof S3Server ? options : await startBucket(options);
  const { port } = await serveHttp(answerOk);
  const base = ['--log-url', label, '--log-max-backoff', '50ms'];
  const agent = await startTestAgent(port, [...base, ...flags], env ?? s3Environment(server));
  const account = () => readAccount(agent);
  return {
    agent,
    server,
    infer: (id, body = '{"x":1}') => send(agent.port, post(body, { 'Ce-Id': id })),
    account,
    async stored(objects) {
      await eventually(`${objects} objects`, () => server.bucket('logs').size >= objects);
      await expect.poll(async () => (await account()).queued, { interval: 5 }).toBe(0);
      return new Map([...server.bucket('logs')].map(([key, { body }]) => [key, body]));
    },
  };
}

/** Of all objects, in JSON. */
export function recordsOf(objects: ReadonlyMap<string, Buffer>): StoredRecord[] {
  return [...objects.values()].flatMap((body) => JSON.parse(body.toString()) as StoredRecord | StoredRecord[]);
}
