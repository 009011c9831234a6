// The service of echo.proto, as grpc-js takes it at both ends.
import { fileURLToPath } from 'node:url';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

export interface EchoMessage {
  readonly text: string;
  readonly blob: Buffer;
  readonly count: number;
}

export const echoService = load();

function load(): ServiceDefinition {
  const definition = loadSync(fileURLToPath(new URL('echo.proto', import.meta.url)), { defaults: true });
  const service = definition['outrigger.test.Echo'];
  if (service === undefined || 'format' in service) throw new Error('echo.proto has no service Echo');
  return service;
}
