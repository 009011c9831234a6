// A real gRPC server (grpc-js) with, or without, the standard health service.
import { fileURLToPath } from 'node:url';
import { Metadata, Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { onTestFinished } from 'vitest';

export type Serving = 'UNKNOWN' | 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN';

export interface GrpcHealth {
  readonly port: number;
  /** The metadata of the last call. */
  readonly lastMetadata: () => Metadata;
}

/** `services` null: a gRPC server without health service. A service that is not listed is NOT_FOUND. */
export async function serveGrpcHealth(services: Readonly<Record<string, Serving>> | null): Promise<GrpcHealth> {
  const server = new Server();
  let lastMetadata = new Metadata();
  if (services !== null) {
    const definition = loadSync(fileURLToPath(new URL('health.proto', import.meta.url)), {
      enums: String,
      defaults: true,
    });
    const health = definition['grpc.health.v1.Health'];
    if (health === undefined || 'format' in health) throw new Error('health.proto has no service Health');
    server.addService(health, {
      Check(
        call: ServerUnaryCall<{ service: string }, { status: Serving }>,
        reply: sendUnaryData<{ status: Serving }>,
      ) {
        lastMetadata = call.metadata;
        const serving = services[call.request.service];
        if (serving === undefined) reply({ code: status.NOT_FOUND, details: 'unknown service' });
        else reply(null, { status: serving });
      },
    });
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  onTestFinished(() => server.forceShutdown());
  return { port, lastMetadata: () => lastMetadata };
}
