import { expect, it } from 'vitest';
import { isSecret, visibleFields } from '../../../../src/dev/inspector/view/visible-fields.ts';

it.each([
  ...['Authorization', 'Proxy-Authorization', 'X-Forwarded-Authorization', 'X-Serverless-Authorization'],
  ...['Cookie', 'Set-Cookie', 'X-Api-Key', 'apikey', 'api-key', 'x-goog-api-key', 'X-Auth-Token', 'X-Vault-Token'],
  ...['PRIVATE-TOKEN', 'X-Amz-Security-Token', 'X-CSRF-Token', 'Ocp-Apim-Subscription-Key', 'X-Access-Key'],
  ...['X-Forwarded-Access-Token', 'X-Client-Secret', 'x-jwt-assertion', 'X-Hub-Signature-256', 'x-functions-key'],
])('hides the value of %s', (name) => {
  expect(visibleFields([[name, 'mine']])).toEqual([[name, '(hidden)']]);
});

it.each([
  ...['Content-Type', 'Inference-Header-Content-Length', 'X-Request-Id', 'Idempotency-Key', 'Sec-WebSocket-Key'],
  ...['traceparent', 'authority', 'x-tokenizer', 'x-max-tokens', 'x-monkey', 'grpc-status', 'Triton-Request-Id'],
])('shows the value of %s', (name) => {
  expect(isSecret(name)).toBe(false);
});
