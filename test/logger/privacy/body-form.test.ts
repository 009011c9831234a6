// Is it known from a head how a body is to be read, or that it cannot be?
import { expect, it } from 'vitest';
import { formOf } from '../../../src/logger/privacy/body-form.ts';

it.each([
  ['application/json', 'json'],
  ['Application/JSON', 'json'],
  [' application/json ; charset=UTF-8', 'json'],
  ['application/json; charset="utf-8"', 'json'],
  ['application/json; charset=us-ascii', 'json'],
  ['text/json', 'json'],
  ['application/problem+json', 'json'],
  ['application/cloudevents+json; charset=utf-8', 'json'],
  ['application/x-ndjson', 'json'],
  ['application/jsonl', 'json'],
  [null, 'perhaps_json'],
  ['', 'perhaps_json'],
  ['application/octet-stream', 'perhaps_json'],
  ['application/x-www-form-urlencoded', 'perhaps_json'],
  ['text/event-stream; charset=utf-8', 'event_stream'],
  ['application/json; charset=utf-16', null],
  ['application/json; charset=iso-8859-1', null],
  ['application/json;CHARSET=utf-7', null],
  ['text/event-stream;charset=latin1', null],
  ['application/grpc', null],
  ['application/grpc+proto', null],
  ['multipart/form-data; boundary=json', null],
  ['text/plain', null],
  ['text/html', null],
  ['application/jsonp', null],
  ['application/json-seq', null],
  ['image/jpeg', null],
  ['json', null],
])('%j is read as %j', (contentType, form) => {
  expect(formOf({ contentType, headerLength: null })).toBe(form);
});

it.each([null, 'application/json', 'text/plain', 'application/octet-stream'])(
  'of type %j with the length of a header it is a message with binary tensors',
  (contentType) => {
    for (const headerLength of ['12', '0', '']) expect(formOf({ contentType, headerLength })).toBe('binary');
  },
);
