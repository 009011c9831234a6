// How traffic is carried, for /status: by the lanes or by node, and why.

export interface LaneReport {
  readonly http1: 'plain' | 'node';
  /** Of gRPC over h2c; other HTTP/2 is always node's. */
  readonly grpc: 'relay' | 'node';
  /** What keeps gRPC off its lane; null: nothing. */
  readonly grpcOffBecause: string | null;
  /** How clients' connections are read: into buffers of ours, or by node's public events; null without lanes. */
  readonly reads: 'swap' | 'public' | null;
}

export const noLanes: LaneReport = { http1: 'node', grpc: 'node', grpcOffBecause: '--lanes off', reads: null };
