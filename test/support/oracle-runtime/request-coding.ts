// Content-Encoding of requests and Accept-Encoding of answers as Triton's data_compressor.h has them: gzip and zlib's deflate, nothing else.
import { deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import type { RuntimeAnswer } from './runtime-answer.ts';
import { RuntimeFault } from './runtime-fault.ts';

export function decodeBody(body: Buffer, coding: string | undefined): Buffer {
  if (coding === undefined || coding === 'identity' || coding === '') return body;
  if (coding !== 'gzip' && coding !== 'deflate') throw new RuntimeFault(501, 'Unsupported compression type');
  try {
    return coding === 'gzip' ? gunzipSync(body) : inflateSync(body);
  } catch (cause) {
    throw new RuntimeFault(400, `failed to decompress the request: ${cause instanceof Error ? cause.message : cause}`);
  }
}

/** Inference-Header-Content-Length keeps the length of the JSON before compression. */
export function encodeAnswer(answer: RuntimeAnswer, accept: string | undefined): RuntimeAnswer {
  const coding = /\bgzip\b/.test(accept ?? '') ? 'gzip' : /\bdeflate\b/.test(accept ?? '') ? 'deflate' : null;
  if (coding === null || answer.status !== 200) return answer;
  const body = coding === 'gzip' ? gzipSync(answer.body) : deflateSync(answer.body);
  return { ...answer, headers: [...answer.headers, 'Content-Encoding', coding], body };
}
