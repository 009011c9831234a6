// Is it gRPC? The content type tells: application/grpc, application/grpc+proto, … (gRPC over HTTP/2, section Requests).
export function isGrpc(contentType: string | undefined): boolean {
  return contentType?.startsWith('application/grpc') ?? false;
}
