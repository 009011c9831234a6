import { expect, it } from 'vitest';
import { readConfig } from '../../src/config/read.ts';
import { relayHindrance } from '../../src/lanes/relay-hindrance.ts';

const hindranceOf = (...argv: readonly string[]) => relayHindrance(readConfig({ argv, env: {} }));

it.each([
  ['payload logging', ['--log-url', 'http://sink']],
  ['--container-concurrency', ['--container-concurrency', '4']],
  ['models.json', ['--enable-puller', '--config-dir', '/tmp/c', '--model-dir', '/tmp/m']],
  ['--deny-apis', ['--deny-apis', 'shm']],
  ['--grpc-forwarding', ['--grpc-forwarding']],
  ['--max-body-bytes', ['--max-body-bytes', '1Mi']],
  ['--upstream-request-timeout', ['--upstream-request-timeout', '1m']],
])('%s needs to look into gRPC calls', (name, argv) => {
  expect(hindranceOf(...argv)).toBe(name);
});

it('nothing else keeps gRPC off its lane: not the batcher, which passes it on as it is', () => {
  expect([hindranceOf(), hindranceOf('--enable-batcher')]).toEqual([null, null]);
});
