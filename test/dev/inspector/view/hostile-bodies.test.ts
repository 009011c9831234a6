import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SpokenProtocol } from '../../../../src/dev/inspector/api.ts';
import type { MessagePart } from '../../../../src/dev/inspector/view/message-part.ts';
import { pythonOf } from '../../../../src/dev/inspector/view/python.ts';
import { readTensorHeads } from '../../../../src/dev/inspector/view/tensor-heads.ts';
import { viewBody } from '../../../../src/dev/inspector/view/view-body.ts';
import { pythonSamples } from './python-samples.ts';

const protocols: readonly SpokenProtocol[] = ['V1', 'V2 JSON', 'V2 binary', 'gRPC', 'HTTP'];
const samples = Object.values(pythonSamples).map(({ body, path, headers }) => ({ bytes: body!.bytes, path, headers }));

/** A body of a sample with some bytes replaced, cut, or nothing like one. */
const bodies = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc.json().map((text) => Buffer.from(text)),
  fc
    .tuple(
      fc.constantFrom(...samples),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
      fc.nat(),
    )
    .map(([{ bytes }, changes, end]) => {
      const changed = Buffer.from(bytes.subarray(0, end % (bytes.length + 1)));
      for (const [at, byte] of changes) if (changed.length > 0) changed[at % changed.length] = byte;
      return changed;
    }),
);

const parts: fc.Arbitrary<MessagePart> = fc
  .record({
    side: fc.constantFrom('request' as const, 'response' as const),
    protocol: fc.constantFrom(...protocols),
    path: fc.constantFrom(...samples.map(({ path }) => path), '/inference.GRPCInferenceService/ModelConfig', '/'),
    coding: fc.constantFrom('', 'gzip', 'br', 'deflate', 'zstd', 'gzip, br'),
    headerLength: fc.constantFrom('', '0', '10', '99999999999', '-1', 'abc', '60'),
    body: bodies,
    missingBytes: fc.constantFrom(0, 0, 1000),
  })
  .map(({ coding, headerLength, body, missingBytes, ...rest }) => ({
    ...rest,
    headers: [
      ...(coding === '' ? [] : [['content-encoding', coding] as const, ['grpc-encoding', coding] as const]),
      ...(headerLength === '' ? [] : [['inference-header-content-length', headerLength] as const]),
    ],
    body: { bytes: body, passedBytes: body.length + missingBytes },
  }));

describe('a body of any bytes', () => {
  it('is shown as something that JSON holds, and of bounded size', async () => {
    await fc.assert(
      fc.asyncProperty(parts, async (part) => {
        const text = JSON.stringify(await viewBody(part));
        expect(text.length).toBeLessThan(20 * (part.body?.bytes.length ?? 0) + 100_000);
        expect(text).not.toContain('undefined');
        readTensorHeads(part);
      }),
      { numRuns: 150 },
    );
  });

  it('makes a script or none', () => {
    fc.assert(
      fc.property(parts, fc.constantFrom('http1' as const, 'http2' as const), (part, protocol) => {
        const { path, headers, body } = part;
        const script = pythonOf(
          { protocol, method: 'POST', path, authority: 'm', headers, body },
          'http://127.0.0.1:8080',
        );
        expect(script === null || script.endsWith('\n')).toBe(true);
      }),
      { numRuns: 80 },
    );
  });

  it.each([
    ['tensors without end', `{"inputs":[${'{},'.repeat(50_000)}{}]}`, 'V2 JSON'],
    ['deep arrays', '['.repeat(250_000), 'V1'],
    ['one string', `"${'\\u0041'.repeat(40_000)}"`, 'V1'],
    ['a list of lists', `[${'[],'.repeat(40_000)}[]]`, 'V1'],
    ['shapes without end', `{"inputs":[{"name":"x","shape":[${'1,'.repeat(100_000)}1],"data":[]}]}`, 'V2 JSON'],
  ] as const)('is bounded: %s', async (_what, body, protocol) => {
    for (const bytes of [Buffer.from(body), gzipSync(body)]) {
      const headers = bytes.length === body.length ? [] : [['content-encoding', 'gzip'] as const];
      const part: MessagePart = {
        side: 'request',
        protocol,
        path: '/v2/models/m/infer',
        headers,
        body: { bytes, passedBytes: bytes.length },
      };
      expect(JSON.stringify(await viewBody(part)).length).toBeLessThan(300_000);
      expect(JSON.stringify(readTensorHeads(part)).length).toBeLessThan(100_000);
    }
  });
});
