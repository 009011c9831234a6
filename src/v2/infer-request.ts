// A V2 inference request as the batcher sees it: names, shapes and where the data stands; the data itself is never decoded.
import type { ArrayScan } from './json/json-array.ts';
import type { Span } from './json/json-scan.ts';

// Raw text is what json-scan.ts calls a lexeme: a character is a byte, so it goes back into a body as latin1.

export interface Parameter {
  /** Quotes and escapes as sent. */
  readonly rawName: string;
  /** A string, number or boolean as sent: `1` and `1.0` differ (protocol page 8.2). */
  readonly value: string;
}

/** By decoded name, in the order of the request. */
export type Parameters = ReadonlyMap<string, Parameter>;

/** `data` of the JSON: offsets into the header. */
export interface JsonData {
  readonly encoding: 'json';
  readonly array: ArrayScan;
}

/** A blob behind the header: offsets into the body. */
export interface BinaryData extends Span {
  readonly encoding: 'binary';
}

export interface InferInput {
  readonly name: string;
  /** Quotes and escapes as sent. */
  readonly rawName: string;
  /** One of datatypes.ts. */
  readonly datatype: string;
  /** [rows, ...inner]; rank >= 1. */
  readonly shape: readonly number[];
  /** Without binary_data_size. */
  readonly parameters: Parameters;
  readonly data: JsonData | BinaryData;
}

export interface RequestedOutput {
  readonly name: string;
  /** Quotes and escapes as sent. */
  readonly rawName: string;
  readonly parameters: Parameters;
}

export interface InferRequest {
  /** Decoded (no Content-Encoding); JSON first, then blobs. Read-only: the client's own bytes. */
  readonly body: Uint8Array;
  /** Length of the JSON; the body's length when nothing is binary. */
  readonly headerBytes: number;
  /** The client sent Inference-Header-Content-Length. */
  readonly binary: boolean;
  /** Raw lexeme, quotes and escapes as sent; null when absent or "". */
  readonly id: string | null;
  /** The same in all inputs; >= 1. */
  readonly rows: number;
  /** In the order of the request; never empty. */
  readonly inputs: readonly InferInput[];
  /** Null when absent or empty: all outputs. */
  readonly outputs: readonly RequestedOutput[] | null;
  readonly parameters: Parameters;
}
