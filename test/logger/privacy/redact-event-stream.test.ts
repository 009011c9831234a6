// Is the JSON of each event redacted, and does a stream go that holds anything else?
import { describe, expect, it } from 'vitest';
import { redactEventStream } from '../../../src/logger/privacy/redact-event-stream.ts';
import { left, rulesOf } from '../../support/redaction.ts';

function redact(text: string, rules = ['s', 'choices.*.delta.content']): string | null {
  return left(text, redactEventStream(Buffer.from(text), rulesOf(rules)));
}

describe('a stream of events', () => {
  it.each([
    ['data: {"s":1}\n\n', 'data: {"s":"***"}\n\n'],
    ['data:{"s":1}\r\n\r\ndata: {"s":"2"}\r\n\r\n', 'data:{"s":"***"}\r\n\r\ndata: {"s":"***"}\r\n\r\n'],
    ['data: {"s":1}\r\rdata: {"s":2}', 'data: {"s":"***"}\r\rdata: {"s":"***"}'],
    [
      'event: token\nid: 7\nretry: 10\n: ping\n:\ndata: {"s":1}\n\n',
      'event: token\nid: 7\nretry: 10\n: ping\n:\ndata: {"s":"***"}\n\n',
    ],
    [
      'data: {"choices":[{"delta":{"content":"Hi"}}]}\n\ndata: [DONE]\n\n',
      'data: {"choices":[{"delta":{"content":"***"}}]}\n\ndata: [DONE]\n\n',
    ],
    ['data: {"s":1}\ndata: {"s":2}\n\n', 'data: {"s":"***"}\ndata: {"s":"***"}\n\n'],
    ['data\ndata:\ndata: \n\ndata:  {"s":1} \n', 'data\ndata:\ndata: \n\ndata:  {"s":"***"} \n'],
    ['data: {"a":"\u2028"}\ndata:{"s":{}}', 'data: {"a":"\u2028"}\ndata:{"s":"***"}'],
  ])('%j becomes %j', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  it('of generate_stream loses a tensor that is a member of each event', () => {
    expect(redact('data: {"text_output":"a"}\n\n', ['text_output'])).toBe('data: {"text_output":"***"}\n\n');
  });

  it('without a secret is clean', () => {
    expect(redactEventStream(Buffer.from('data: {"a":1}\n\n'), rulesOf(['s']))).toEqual({ kind: 'clean' });
  });
});

it.each([
  'data: secret\n\n',
  'data: {"s":1}\n\ndata: {"s":\n\n',
  'data: {"s":\ndata: 1}\n\n',
  '{"s":1}\n',
  ' data: {"s":1}\n',
  'Data: {"s":1}\n',
  'datum: {"s":1}\n',
  'event_of_a_kind: x\n',
  'message\n',
  '\ufeffdata: {"s":1}\n',
  'data: [DONE] {"s":1}\n',
  'data: [DONE',
])('unreadable is %j', (text) => {
  expect(redact(text)).toBeNull();
});
