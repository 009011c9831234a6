// Is each failure of a connection told by the right code, with words for a person?
import { expect, it } from 'vitest';
import { explainConnectionError } from '../../../src/logger/sink/connection-failure.ts';

function errorOf(message: string, more: { code?: string; syscall?: string }): Error {
  return Object.assign(new Error(message), more);
}

it.each([
  ['connect ECONNREFUSED 127.0.0.1:9', { code: 'ECONNREFUSED', syscall: 'connect' }, 'refused'],
  ['read ECONNRESET', { code: 'ECONNRESET', syscall: 'read' }, 'reset'],
  ['write EPIPE', { code: 'EPIPE', syscall: 'write' }, 'reset'],
  ['connect ETIMEDOUT 10.0.0.1:80', { code: 'ETIMEDOUT', syscall: 'connect' }, 'timeout'],
  ['getaddrinfo ENOTFOUND sink', { code: 'ENOTFOUND', syscall: 'getaddrinfo' }, 'dns'],
  ['getaddrinfo EAI_AGAIN sink', { code: 'EAI_AGAIN', syscall: 'getaddrinfo' }, 'dns'],
  ['connect EHOSTUNREACH 10.0.0.1:80', { code: 'EHOSTUNREACH', syscall: 'connect' }, 'unreachable'],
  ['connect ENETUNREACH 10.0.0.1:80', { code: 'ENETUNREACH', syscall: 'connect' }, 'unreachable'],
  ['connect EMFILE', { code: 'EMFILE', syscall: 'connect' }, 'unreachable'],
  ['certificate has expired', { code: 'CERT_HAS_EXPIRED' }, 'tls'],
  ['Hostname does not match', { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }, 'tls'],
  ['wrong version number', { code: 'EPROTO', syscall: 'write' }, 'tls'],
] as const)('%s', (text, more, code) => {
  const failure = explainConnectionError(errorOf(text, more), false);
  expect(failure.code).toBe(code);
  expect(failure.message).toContain(text);
  expect(failure.message).toContain(more.code);
});

it('an alert of TLS after the handshake is one of TLS, another error of the library is not', () => {
  const alert = errorOf('alert certificate required', { code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' });
  expect(explainConnectionError(alert, true).code).toBe('tls');
  expect(explainConnectionError(errorOf('odd', {}), true).code).toBe('unreachable');
});

it('several addresses are told in one line, each once', () => {
  const one = errorOf('connect ECONNREFUSED ::1:9', { code: 'ECONNREFUSED', syscall: 'connect' });
  const two = errorOf('connect ECONNREFUSED 127.0.0.1:9', { code: 'ECONNREFUSED', syscall: 'connect' });
  const all = Object.assign(new AggregateError([one, two, two], ''), { code: 'ECONNREFUSED' });
  const message = 'connect ECONNREFUSED ::1:9; connect ECONNREFUSED 127.0.0.1:9';
  expect(explainConnectionError(all, false)).toEqual({ code: 'refused', message });
});

it('the lines of an error of OpenSSL are one line, without advice for those who start node by hand', () => {
  const text = '1234:error:0A00010B:SSL routines\nwrong version number:\n';
  expect(explainConnectionError(errorOf(text, { code: 'EPROTO' }), false).message).not.toMatch(/\n/);
  const advice =
    'self-signed certificate; if the root CA is installed locally, try running Node.js with --use-system-ca';
  const { message } = explainConnectionError(errorOf(advice, { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }), false);
  expect(message).toBe('self-signed certificate (DEPTH_ZERO_SELF_SIGNED_CERT)');
});
