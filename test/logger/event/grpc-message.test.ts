import { describe, expect, it } from 'vitest';
import { FlatHeaderBlock } from '../../../src/http/header-block.ts';
import { grpcTypeOf, statusOfGrpc } from '../../../src/logger/event/grpc-message.ts';

describe('the type of a gRPC message', () => {
  it.each([
    [undefined, null],
    [null, null],
    ['application/json', null],
    ['application/grpc', 'application/grpc+proto'],
    ['application/grpc+proto', 'application/grpc+proto'],
    ['application/grpc+json;charset=utf-8', 'application/grpc+json'],
    ['application/grpc+', null],
    ['application/grpcfoo', null],
    ['application/grpc-web', null],
  ])('sent as %j is %j', (sent, type) => {
    expect(grpcTypeOf(sent)).toBe(type);
  });
});

describe('the status of a call', () => {
  it.each([
    ['trailers', ['content-type', 'application/grpc'], ['grpc-status', '0'], '0'],
    ['its head alone', ['content-type', 'application/grpc+proto', 'grpc-status', '5'], null, '5'],
    ['trailers before its head', ['content-type', 'application/grpc', 'grpc-status', '0'], ['Grpc-Status', '2'], '2'],
    ['nowhere when it broke off', ['content-type', 'application/grpc'], null, null],
    ['nowhere when it is no gRPC', ['content-type', 'text/html', 'grpc-status', '5'], ['grpc-status', '0'], null],
    ['nowhere without a type', [], ['grpc-status', '0'], null],
  ])('comes from %s', (_where, head, trailers, status) => {
    const fields = trailers === null ? null : new FlatHeaderBlock(trailers);
    expect(statusOfGrpc(new FlatHeaderBlock(head), { fields })).toBe(status);
  });

  it('comes from the head of an answer that can have no trailers', () => {
    expect(statusOfGrpc(new FlatHeaderBlock(['content-type', 'application/grpc']), null)).toBeNull();
  });
});
