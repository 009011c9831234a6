// A gRPC body as a person looks at it: its messages in order, known ones by name, others as fields by number.
import type { BodyView } from '../api.ts';
import { type DecodedBytes, decodeBytes, maxDecodedBytes } from './decoded-body.ts';
import { dumpFields } from './dump-fields.ts';
import { grpcFrames, type MeantMessages, meantMessages } from './grpc-messages.ts';
import { readInferGrpc } from './infer-grpc.ts';
import { fieldOf, isWhole, type MessagePart } from './message-part.ts';
import { jsonView, plainView } from './plain-view.ts';
import { readProtoMessage } from './proto-message.ts';
import { viewInfer } from './view-infer.ts';
import { writeJson } from './write-json.ts';

/** Of one stream; then their number is told. */
const maxMessages = 100;

/** Never rejects. */
export async function viewGrpcBody({ headers, path, side, body }: MessagePart): Promise<BodyView> {
  if (body === null) return { kind: 'missing', reason: 'it was not kept' };
  const coding = fieldOf(headers, 'grpc-encoding');
  const meant = meantMessages(path, side);
  const views: BodyView[] = [];
  let frames = 0;
  let readBytes = 0;
  let leftBytes = maxDecodedBytes; // of all messages together: few bytes may unpack to many
  for (const frame of grpcFrames(body.bytes)) {
    frames += 1;
    readBytes += 5 + frame.bytes.length;
    if (views.length === maxMessages || leftBytes === 0) continue;
    const { bytes } = frame;
    const decoded = frame.compressed ? await decodeBytes(bytes, coding, leftBytes) : { bytes, missing: null };
    if (frame.compressed) leftBytes -= decoded.bytes.length;
    views.push(viewMessage(decoded, { meant, cut: frame.cut }));
  }
  if (frames > views.length) views.push({ kind: 'missing', reason: `${frames - views.length} messages more` });
  if (!isWhole(body)) views.push({ kind: 'missing', reason: missingBytes(body.bytes.length, body.passedBytes) });
  else if (readBytes < body.bytes.length)
    views.push({ kind: 'missing', reason: 'it ends inside the head of a message' });
  if (views.length === 0) return { kind: 'empty' };
  return views.length === 1 ? views[0]! : { kind: 'messages', messages: views };
}

export function missingBytes(keptBytes: number, passedBytes: number): string {
  return `only the first ${keptBytes} of ${passedBytes} bytes were kept`;
}

interface Around {
  readonly meant: MeantMessages;
  /** As in GrpcFrame. */
  readonly cut: boolean;
}

function viewMessage({ bytes, missing }: DecodedBytes, { meant, cut }: Around): BodyView {
  if (missing !== null && bytes.length === 0) return { kind: 'missing', reason: missing };
  const why = missing ?? (cut ? 'the message goes on' : null);
  const infer = readInferGrpc(bytes, meant);
  if (infer !== null && (infer.ended || why !== null)) return viewInfer(infer, why);
  if (bytes.length === 0) return meant.type === null ? { kind: 'empty' } : jsonView('{}', false);
  const read = meant.type === null ? null : readProtoMessage(meant.schema, { type: meant.type, bytes });
  if (read?.ended || (read !== null && why !== null)) return jsonView(writeJson(read.fields), why !== null);
  const fields = dumpFields(bytes);
  return fields === null ? plainView(bytes, why !== null) : jsonView(writeJson(fields), false);
}
