import { describe, expect, it } from 'vitest';
import { replay } from '../../../../src/dev/inspector/replay/replay.ts';
import { silentPort } from '../../../support/silent-port.ts';
import { requestOf } from '../view/parts.ts';
import { startHttp1, startHttp2 } from '../view/recording-server.ts';

describe('a replay', () => {
  it('sends the same request over HTTP/1.1, without fields of its connection and of forwarding', async () => {
    const server = await startHttp1(503);
    const headers = [
      ['Content-Type', 'application/json'],
      ['Authorization', 'Bearer x'],
      ['X-Twice', 'a'],
      ['X-Twice', 'b'],
      ['X-Forwarded-For', '10.0.0.1'],
      ['Forwarded', 'for=10.0.0.1'],
      ['Connection', 'close'],
      ['Content-Length', '999'],
    ] as const;
    const answer = await replay(requestOf('{"a":1}', { path: '/v2/x?q=1', headers }), server.url);
    expect(answer).toEqual({ status: 503, grpcStatus: null, totalMs: expect.any(Number) });
    const [asked] = server.asked;
    expect(asked).toMatchObject({ method: 'POST', path: '/v2/x?q=1' });
    expect(asked?.body.toString()).toBe('{"a":1}');
    expect(asked?.headers).toMatchObject({
      host: 'models.example',
      authorization: 'Bearer x',
      'x-twice': 'a, b',
      'content-length': '7',
    });
    expect(asked?.headers['x-forwarded-for']).toBeUndefined();
    expect(asked?.headers.forwarded).toBeUndefined();
  });

  it('of a GET has no body', async () => {
    const server = await startHttp1();
    expect(await replay(requestOf('', { method: 'GET' }), server.url)).toMatchObject({ status: 200 });
    expect(server.asked[0]?.headers['content-length']).toBeUndefined();
  });

  it('over gRPC tells the status that comes behind the answer', async () => {
    const server = await startHttp2({ 'grpc-status': '5', 'grpc-message': 'no such model' });
    const body = Buffer.from('00000000030a016d', 'hex');
    const headers = [['content-type', 'application/grpc']] as const;
    const request = requestOf(body, { protocol: 'http2', path: '/inference.GRPCInferenceService/ModelReady', headers });
    expect(await replay(request, server.url)).toMatchObject({ status: 200, grpcStatus: 5 });
    expect(server.asked[0]?.body.equals(body)).toBe(true);
    expect(server.asked[0]?.headers.te).toBe('trailers');
  });

  it.each(['http1', 'http2'] as const)('over %s to nobody fails with a reason', async (protocol) => {
    await expect(replay(requestOf('{}', { protocol }), 'http://127.0.0.1:1')).rejects.toMatchObject({
      code: 'UPSTREAM_UNREACHABLE',
    });
  });

  it.each(['http1', 'http2'] as const)('over %s that is not answered in time ends', async (protocol) => {
    const port = await silentPort();
    const patience = { deadlineMs: 50 };
    await expect(replay(requestOf('{}', { protocol }), `http://127.0.0.1:${port}`, patience)).rejects.toMatchObject({
      code: 'UPSTREAM_TIMEOUT',
    });
  });

  it('of a body that was not kept is refused', async () => {
    await expect(replay(requestOf(null), 'http://127.0.0.1:1')).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});
