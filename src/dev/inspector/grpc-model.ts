// Which model a gRPC message of the inference protocol names: all of its requests have the name in a field of their own.

/** Flag and length before each message (gRPC over HTTP/2, Length-Prefixed-Message). */
const prefixBytes = 5;
const maxNameBytes = 1024;

/** By method: the number of that field (grpc_predict_v2.proto of the OIP, grpc_service.proto of Triton). */
const nameFields: Readonly<Record<string, number>> = {
  ModelInfer: 1,
  ModelStreamInfer: 1,
  ModelReady: 1,
  ModelMetadata: 1,
  ModelConfig: 1,
  ModelStatistics: 1,
  RepositoryModelLoad: 2, // behind the name of a repository
  RepositoryModelUnload: 2,
};

/** Of the first message. Null: it names none, or is compressed. */
export function readGrpcModel(method: string, body: Buffer): string | null {
  const wanted = nameFields[method];
  if (wanted === undefined || body.length <= prefixBytes || body[0] !== 0) return null;
  const message = body.subarray(prefixBytes, prefixBytes + body.readUInt32BE(1));
  return readLeadingText(message, wanted);
}

/** Fields come in the order of their numbers: what stands behind the wanted one is never read. Short strings only. */
function readLeadingText(message: Buffer, wanted: number): string | null {
  for (let at = 0; at + 1 < message.length; ) {
    const tag = message[at] as number;
    const length = readLength(message, at + 1);
    if ((tag & 7) !== 2 || tag >> 3 > wanted || length === null) return null;
    const from = at + 1 + length.width;
    if (tag >> 3 === wanted) {
      const text = message.toString('utf8', from, Math.min(from + length.value, from + maxNameBytes));
      return text === '' ? null : text;
    }
    at = from + length.value;
  }
  return null;
}

/** A varint of one or two bytes: longer names are no model's. */
function readLength(message: Buffer, at: number): { readonly value: number; readonly width: 1 | 2 } | null {
  const [low = 0, high = 0] = [message[at], message[at + 1]];
  if (low < 128) return { value: low, width: 1 };
  return high < 128 ? { value: (low & 127) | (high << 7), width: 2 } : null;
}
