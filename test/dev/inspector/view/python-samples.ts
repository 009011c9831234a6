// Requests of all kinds that are shown as scripts; test/full runs the same ones with the real clients.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KeptRequest } from '../../../../src/dev/inspector/kept-exchange.ts';
import { frame } from '../../../support/grpc/inference-peers.ts';
import { requestOf } from './parts.ts';

const vectors = JSON.parse(readFileSync(join(import.meta.dirname, 'grpc-vectors.json'), 'utf8')) as Readonly<
  Record<string, string>
>;

function binary(json: string, hex: string): KeptRequest {
  const body = Buffer.concat([Buffer.from(json), Buffer.from(hex.replaceAll(' ', ''), 'hex')]);
  return requestOf(body, { headers: [['Inference-Header-Content-Length', String(Buffer.byteLength(json))]] });
}

function input(name: string, datatype: string, shape: readonly number[], bytes: number): object {
  return { name, datatype, shape, parameters: { binary_data_size: bytes } };
}

function grpc(method: string, body: Buffer): KeptRequest {
  return requestOf(body, {
    protocol: 'http2',
    path: `/inference.GRPCInferenceService/${method}`,
    headers: [
      ['content-type', 'application/grpc'],
      ['X-Tenant', 'a'],
    ],
  });
}

function vector(name: string): Buffer {
  return frame(Buffer.from(vectors[name] ?? '', 'hex'));
}

export const pythonSamples = {
  json: requestOf(
    '{"id":"aé","parameters":{"t":1.0,"s":"x","priority":1,"binary_data_output":true},"inputs":[{"name":"k","shape":[1,2],"datatype":"INT64","data":[[9007199254740993,-9223372036854775808]]},{"name":"f","shape":[3],"datatype":"FP32","data":[NaN,1.0,-0.0]}],"outputs":[{"name":"y"}]}',
    { path: '/v2/models/a%20b/versions/1/infer' },
  ),
  texts: requestOf(
    '{"inputs":[{"name":"t","shape":[5],"datatype":"BYTES","data":["a\\"\\\\","é","","日本😀","line\\nbreak"]},{"name":"b","shape":[2],"datatype":"BOOL","data":[true,false]}]}',
  ),
  binary: binary(
    JSON.stringify({
      inputs: [
        input('half', 'FP16', [2], 4),
        input('brain', 'BF16', [1, 2], 4),
        input('bytes', 'BYTES', [2], 11),
        input('u64', 'UINT64', [1], 8),
        input('none', 'FP32', [0, 2], 0),
      ],
      outputs: [{ name: 'y', parameters: { binary_data: true, classification: 2 } }],
    }),
    `0038ff7b 803f4940 03000000 ff0022 00000000 ${'ff'.repeat(8)}`,
  ),
  large: binary(JSON.stringify({ inputs: [input('x', 'FP32', [50, 100], 20_000)] }), '0000803f'.repeat(5000)),
  long: requestOf(
    JSON.stringify({
      inputs: [{ name: 'x', datatype: 'INT32', shape: [1000], data: Array.from({ length: 1000 }, (_, n) => n) }],
    }),
  ),
  secret: requestOf('{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1.0]}]}', {
    path: '/v2/models/m/infer?a=1&b=2',
    headers: [
      ['Authorization', 'Bearer theirs'],
      ['X-Tenant', 'a'],
    ],
  }),
  grpc: grpc('ModelInfer', vector('contentsRequest')),
  grpcReady: grpc('ModelReady', frame(Buffer.from('0a016d', 'hex'))),
  grpcMetadata: grpc('ModelMetadata', vector('named')),
  stream: grpc('ModelStreamInfer', Buffer.concat([vector('contentsRequest'), vector('contentsRequest')])),
  v1: requestOf('{"instances":[[1.0,"é\\n"]]}\n', {
    path: '/v1/models/m:predict',
    headers: [['Content-Type', 'application/json']],
  }),
  broken: requestOf('{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1'),
  misshapen: requestOf('{"inputs":[{"name":"x","shape":[3],"datatype":"FP32","data":[1]}]}'),
  bytes: requestOf(Buffer.from(Array.from({ length: 300 }, (_, index) => index & 0xff)), {
    path: '/upload',
    headers: [['Content-Type', 'image/png']],
  }),
  get: requestOf('', { method: 'GET', path: '/v2/health/ready' }),
} satisfies Readonly<Record<string, KeptRequest>>;
