import { describe, expect, it } from 'vitest';
import { type ErrorCode, OutriggerError } from '../../src/errors.ts';
import { grpcErrorFields, grpcErrorTrailers } from '../../src/http/grpc-error.ts';

const messageOf = (text: string) => grpcErrorTrailers(new OutriggerError('INTERNAL', text))['grpc-message'];

describe('errors as gRPC reads them', () => {
  it.each([
    ['UPSTREAM_NOT_STARTED', '14'],
    ['UPSTREAM_UNREACHABLE', '14'],
    ['UPSTREAM_PROTOCOL_ERROR', '14'],
    ['OVERLOADED', '14'],
    ['SHUTTING_DOWN', '14'],
    ['UPSTREAM_TIMEOUT', '4'],
    ['REQUEST_BODY_TOO_LARGE', '8'],
    ['REQUEST_HEADERS_TOO_LARGE', '8'],
    ['REQUEST_MALFORMED', '3'],
    ['METHOD_NOT_ALLOWED', '12'],
    ['API_DENIED', '7'],
    ['MODEL_NOT_READY', '14'],
    ['INTERNAL', '13'],
    ['EXPECTATION_FAILED', '2'],
  ] as const)('%s is status %s', (code: ErrorCode, status) => {
    const fields = grpcErrorFields(new OutriggerError(code, 'why'));
    expect(fields).toEqual({
      ':status': 200,
      'content-type': 'application/grpc',
      'grpc-status': status,
      'grpc-message': 'why',
    });
  });

  it('encodes what is not printable ASCII, and the percent sign', () => {
    expect(messageOf('a b~!"#$&\'()*+,-./:;<=>?@[\\]^_`{|}')).toBe('a b~!"#$&\'()*+,-./:;<=>?@[\\]^_`{|}');
    expect(messageOf('100 %')).toBe('100 %25');
    expect(messageOf('ö\r\n日😀\0\x7f')).toBe('%C3%B6%0D%0A%E6%97%A5%F0%9F%98%80%00%7F');
    expect(messageOf('\ud800')).toBe('%EF%BF%BD'); // a lone surrogate is no text: it must not throw
  });
});
