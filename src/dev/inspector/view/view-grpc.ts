// A gRPC body as a person looks at it: its messages in order, known ones by name, others as fields by number.
import type { BodyView } from '../api.ts';
import { decodeBytes } from './decoded-body.ts';
import { dumpFields } from './dump-fields.ts';
import { type GrpcFrame, grpcFrames, type MeantMessages, meantMessages } from './grpc-messages.ts';
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
  for (const frame of grpcFrames(body.bytes)) {
    frames += 1;
    readBytes += 5 + frame.bytes.length;
    if (frames <= maxMessages) views.push(await viewMessage(frame, coding, meant));
  }
  if (frames > maxMessages) views.push({ kind: 'missing', reason: `${frames - maxMessages} messages more` });
  if (!isWhole(body)) views.push({ kind: 'missing', reason: missingBytes(body.bytes.length, body.passedBytes) });
  else if (readBytes < body.bytes.length)
    views.push({ kind: 'missing', reason: 'it ends inside the head of a message' });
  if (views.length === 0) return { kind: 'empty' };
  return views.length === 1 ? views[0]! : { kind: 'messages', messages: views };
}

export function missingBytes(keptBytes: number, passedBytes: number): string {
  return `only the first ${keptBytes} of ${passedBytes} bytes were kept`;
}

async function viewMessage(frame: GrpcFrame, coding: string | undefined, meant: MeantMessages): Promise<BodyView> {
  const { bytes, missing } = frame.compressed ? await decodeBytes(frame.bytes, coding) : { ...frame, missing: null };
  if (missing !== null && bytes.length === 0) return { kind: 'missing', reason: missing };
  const why = missing ?? (frame.cut ? 'the message goes on' : null);
  const infer = readInferGrpc(bytes, meant);
  if (infer !== null && (infer.ended || why !== null)) return viewInfer(infer, why);
  if (bytes.length === 0) return meant.type === null ? { kind: 'empty' } : jsonView('{}', false);
  const read = meant.type === null ? null : readProtoMessage(meant.schema, { type: meant.type, bytes });
  if (read?.ended || (read !== null && why !== null)) return jsonView(writeJson(read.fields), why !== null);
  const fields = dumpFields(bytes);
  return fields === null ? plainView(bytes, why !== null) : jsonView(writeJson(fields), false);
}
