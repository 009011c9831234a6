// The request bodies: real infer requests (Open Inference Protocol, V2 REST) of an exact size, and one gRPC-shaped message.

import { writeFileSync } from 'node:fs';

export const INFER_PATH = '/v2/models/bench/infer';
export const GRPC_PATH = '/inference.GRPCInferenceService/ModelInfer';
const KIB = 1024;
const MIB = 1024 * KIB;

export interface Payload {
  readonly bytes: Buffer;
  readonly file: string;
}

/** `size` bytes of JSON: as many FP32 values as fit, blanks up to the size. */
export function writeInferJson(file: string, size: '1 KB' | '1 MB'): Payload {
  return write(file, inferJson(size === '1 KB' ? KIB : MIB));
}

export function inferJson(sizeBytes: number): Buffer {
  const value = '0.123456,';
  const count = Math.floor((sizeBytes - 150) / value.length);
  const data = value.repeat(count).slice(0, -1);
  const head = `{"inputs":[{"name":"x","datatype":"FP32","shape":[1,${count}],"data":[${data}]}]`;
  return Buffer.from(`${head.padEnd(sizeBytes - 1)}}`);
}

/** 1 KB: the prefix of an uncompressed gRPC message and bytes that nobody decodes. */
export function writeGrpcMessage(file: string): Payload {
  const bytes = Buffer.alloc(KIB, 0x2a);
  bytes[0] = 0;
  bytes.writeUInt32BE(KIB - 5, 1);
  return write(file, bytes);
}

function write(file: string, bytes: Buffer): Payload {
  writeFileSync(file, bytes);
  return { bytes, file };
}
