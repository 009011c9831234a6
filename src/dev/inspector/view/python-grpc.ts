// A gRPC call that is no inference as a script of tritonclient.
import type { KeptRequest } from '../kept-exchange.ts';
import type { MeantMessages } from './grpc-messages.ts';
import { readProtoMessage } from './proto-message.ts';
import { pythonHeaders } from './python-headers.ts';
import { pythonText } from './python-literal.ts';

/** By method: what tritonclient calls it, and which fields of the message are its arguments. */
const calls: ReadonlyMap<string, { readonly name: string; readonly fields: readonly string[] }> = new Map([
  ['ServerLive', { name: 'is_server_live', fields: [] }],
  ['ServerReady', { name: 'is_server_ready', fields: [] }],
  ['ModelReady', { name: 'is_model_ready', fields: ['name', 'version'] }],
  ['ServerMetadata', { name: 'get_server_metadata', fields: [] }],
  ['ModelMetadata', { name: 'get_model_metadata', fields: ['name', 'version'] }],
  ['ModelConfig', { name: 'get_model_config', fields: ['name', 'version'] }],
  ['ModelStatistics', { name: 'get_inference_statistics', fields: ['name', 'version'] }],
  ['RepositoryIndex', { name: 'get_model_repository_index', fields: [] }],
  ['RepositoryModelLoad', { name: 'load_model', fields: ['model_name'] }],
  ['RepositoryModelUnload', { name: 'unload_model', fields: ['model_name'] }],
]);

export interface GrpcCall {
  readonly request: KeptRequest;
  /** The message. */
  readonly bytes: Buffer;
  readonly meant: MeantMessages;
  readonly agentUrl: string;
}

/** Null: tritonclient has no such call. */
export function pythonOfGrpc({ request, bytes, meant: { schema, type }, agentUrl }: GrpcCall): string | null {
  const call = calls.get(request.path.split('/').at(-1) ?? '');
  if (call === undefined || type === null) return null;
  const { fields } = readProtoMessage(schema, { type, bytes });
  const headers = pythonHeaders(request, 'grpc');
  const words = [
    ...call.fields.map((field) => pythonText(String(fields[field] ?? ''))),
    ...(headers === null ? [] : [`headers=${headers.text}`]),
  ];
  return [
    '# pip install "tritonclient[grpc]"',
    ...(headers?.usesEnvironment ? ['import os', ''] : []),
    'import tritonclient.grpc as triton',
    '',
    `client = triton.InferenceServerClient(${pythonText(new URL(agentUrl).host)})`,
    `print(client.${call.name}(${words.join(', ')}))`,
    '',
  ].join('\n');
}
