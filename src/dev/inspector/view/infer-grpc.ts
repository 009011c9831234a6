// V2 over gRPC: the tensors of a ModelInferRequest or ModelInferResponse, with their contents or as raw bytes.
import { Digits } from './digits.ts';
import type { MeantMessages } from './grpc-messages.ts';
import {
  type Element,
  type InferMessage,
  type InferTensor,
  maxRank,
  maxTensors,
  type TensorData,
} from './infer-message.ts';
import { type ReadMessage, readProtoMessage } from './proto-message.ts';
import { WireReader } from './proto-wire.ts';

type Fields = Readonly<Record<string, unknown>>;

const inferTypes: readonly (string | null)[] = ['ModelInferRequest', 'ModelInferResponse', 'ModelStreamInferResponse'];

/** Null: no message of an inference. */
export function readInferGrpc(bytes: Uint8Array, { schema, type }: MeantMessages): InferMessage | null {
  if (type === null || !inferTypes.includes(type)) return null;
  if (type !== 'ModelStreamInferResponse') return toInfer(readProtoMessage(schema, { type, bytes }));
  if (isPlainAnswer(bytes)) return toInfer(readProtoMessage(schema, { type: 'ModelInferResponse', bytes }));
  const { fields, ended } = readProtoMessage(schema, { type, bytes });
  const { infer_response: inner = {}, ...wrapper } = fields;
  const message = toInfer({ fields: inner as Fields, ended });
  return { ...message, about: { ...wrapper, ...message.about } };
}

/** MLServer streams ModelInferResponse itself, without Triton's wrapper, which has two fields alone. */
function isPlainAnswer(bytes: Uint8Array): boolean {
  for (const { number } of new WireReader(bytes)) if (number > 2) return true;
  return false;
}

/** In a request `outputs` are those that it asks for; they have no datatype. */
function toInfer({ fields, ended }: ReadMessage): InferMessage {
  const { inputs, outputs, raw_input_contents, raw_output_contents, parameters, ...rest } = fields;
  const isRequest = inputs !== undefined;
  const tensors = ((isRequest ? inputs : outputs) ?? []) as readonly Fields[];
  const raw = ((isRequest ? raw_input_contents : raw_output_contents) ?? []) as readonly Uint8Array[];
  const asked = (isRequest ? (outputs as readonly Fields[] | undefined) : undefined)?.map(withPlainParameters);
  const about = {
    ...rest,
    ...(parameters === undefined ? {} : { parameters: plainParameters(parameters) }),
    ...(asked === undefined ? {} : { outputs: asked }),
  };
  return { about, tensors: withRaw(tensors, raw).slice(0, maxTensors), ended };
}

/** Raw entries go by position over the tensors; those in shared memory have none (Triton's grpc code). */
function withRaw(tensors: readonly Fields[], raw: readonly Uint8Array[]): InferTensor[] {
  let next = 0;
  return tensors.map(({ name = '', datatype = '', shape = [], parameters, contents }) => {
    const plain = parameters === undefined ? null : plainParameters(parameters);
    const shared = plain !== null && 'shared_memory_region' in plain;
    const bytes = contents === undefined && !shared ? raw[next] : undefined;
    if (bytes !== undefined) next += 1;
    const data: TensorData =
      bytes !== undefined
        ? { kind: 'raw', bytes }
        : contents === undefined
          ? { kind: 'none' }
          : readContents(contents as Fields);
    return { name: String(name), datatype: String(datatype), shape: readShape(shape), parameters: plain, data };
  });
}

/** One field of them is set. */
function readContents(contents: Fields): TensorData {
  const lists = Object.values(contents) as readonly (readonly (Element | Digits)[])[];
  const elements = lists.flat().map((element) => (element instanceof Digits ? element.text : element));
  return { kind: 'contents', elements };
}

function readShape(shape: unknown): readonly number[] {
  const sizes = shape as readonly unknown[];
  return sizes.length <= maxRank && sizes.every((size) => typeof size === 'number') ? (sizes as readonly number[]) : [];
}

function withPlainParameters({ parameters, ...rest }: Fields): Fields {
  return parameters === undefined ? rest : { ...rest, parameters: plainParameters(parameters) };
}

/** `{k: {int64_param: 1}}` is `{k: 1}` for a reader; a double stays one: `1.0`. */
function plainParameters(parameters: unknown): Readonly<Record<string, unknown>> {
  const entries = Object.entries(parameters as Readonly<Record<string, Fields>>);
  return Object.fromEntries(
    entries.map(([name, choice]) => {
      const [kind, value] = Object.entries(choice)[0] ?? [];
      return [name, kind === 'double_param' && Number.isInteger(value) ? new Digits(`${value}.0`) : (value ?? null)];
    }),
  );
}
