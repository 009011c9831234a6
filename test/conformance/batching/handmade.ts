// A batcher inside the test, without a server end: requests made by hand, and whatever stages and runtime the test likes.
import { onTestFinished } from 'vitest';
import { Batcher } from '../../../src/batcher/batcher.ts';
import { readConfig } from '../../../src/config/read.ts';
import type { BatcherConfig, Config } from '../../../src/config/slices.ts';
import { Cancellation } from '../../../src/http/cancellation.ts';
import { Client } from '../../../src/http/client.ts';
import type { Body, Handler, ProxyRequest, ProxyResponse } from '../../../src/http/exchange.ts';
import { FlatHeaderBlock } from '../../../src/http/header-block.ts';
import { type Metrics, openMetrics } from '../../../src/metrics.ts';
import { BufferCollector } from '../../../src/upstream/buffer-collector.ts';
import { openHttp1Upstream } from '../../../src/upstream/http1.ts';
import { Reachability } from '../../../src/upstream/reachability.ts';
import type { Sent } from './sent.ts';

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export interface Handmade {
  readonly batcher: Batcher;
  readonly metrics: Metrics;
  /** Of an instrument without labels, or of that series. */
  metric(name: string, labels?: Readonly<Record<string, string>>): number;
}

export function handmadeBatcher(
  flags: readonly string[],
  next: (parts: { config: Config; metrics: Metrics }) => Handler,
): Handmade {
  const config = readConfig({ argv: ['--enable-batcher', ...flags], env: {} });
  const metrics = openMetrics();
  const batcher = new Batcher({
    config: config.batcher as BatcherConfig,
    metrics,
    log: quiet,
    next: next({ config, metrics }),
  });
  return { batcher, metrics, metric: (name, labels = {}) => sum(metrics, name, labels) };
}

function sum({ instruments }: Metrics, name: string, labels: Readonly<Record<string, string>>): number {
  const instrument = instruments.find((each) => each.name === name);
  if (instrument === undefined) throw new Error(`no metric ${name}`);
  const matching = [...instrument.samples()].filter((sample) =>
    Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  );
  return matching.reduce((total, { value }) => total + value, 0);
}

/** The agent's own end towards a runtime, closed with the test. */
export function overHttp1(port: number): (parts: { config: Config; metrics: Metrics }) => Handler {
  return ({ config, metrics }) => {
    const upstream = openHttp1Upstream({
      config: { ...config.upstream, port },
      metrics,
      reachability: new Reachability(),
      buffers: new BufferCollector(),
    });
    onTestFinished(() => upstream[Symbol.asyncDispose]());
    return upstream.handle;
  };
}

/** `body` may stand for that of `sent`, as a stream of the same bytes. */
export function requestOf(
  { path, headers, body: bytes }: Sent,
  { body = bytes as Body, client = new Client(false) } = {},
): ProxyRequest {
  return {
    protocol: 'http1',
    method: 'POST',
    path,
    authority: 'h',
    headers: new FlatHeaderBlock(Object.entries(headers).flat()),
    body,
    contentLength: bytes.length,
    trailers: null,
    expectContinue: false,
    cancellation: new Cancellation(),
    client,
    sendInformational: () => undefined,
  };
}

export async function bytesOf({ body }: Pick<ProxyResponse, 'body'>): Promise<Buffer> {
  if (body instanceof Uint8Array) return Buffer.from(body);
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
