// What gRPC says beside HTTP: the type of its messages, and how its call ended.
import type { Trailers } from '../../http/exchange.ts';
import { isGrpc } from '../../http/grpc-content.ts';
import type { HeaderBlock } from '../../http/header-block.ts';

/** gRPC's own type, `+proto` when the client did not name the codec; null: no gRPC. gRPC-Web frames its messages otherwise. */
export function grpcTypeOf(contentType: string | null | undefined): string | null {
  if (contentType === null || contentType === undefined || !isGrpc(contentType)) return null;
  const codec = grpcSyntax.exec(contentType)?.groups;
  return codec === undefined ? null : `application/grpc+${codec.codec ?? 'proto'}`;
}

const grpcSyntax = /^application\/grpc(?:\+(?<codec>[\w.-]+))?\s*(?:;|$)/;

/** Of an answer that is gRPC: from its trailers, or from its head when it has nothing else (Trailers-Only). Null: no gRPC, or none came. */
export function statusOfGrpc(headers: HeaderBlock, trailers: Trailers | null): string | null {
  if (!isGrpc(headers.get('content-type'))) return null;
  return trailers?.fields?.get('grpc-status') ?? headers.get('grpc-status') ?? null;
}
