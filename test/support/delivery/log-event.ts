// Small events for tests of queues and deliveries: what counts is their id and how much they hold.
import { eventTypes, type LogEvent } from '../../../src/logger/event/log-event.ts';

const fixed = ['specversion', '1.0', 'type', eventTypes.request, 'source', 'http://localhost:9081/'];

export function logEvent(id: string, dataBytes = 10): LogEvent {
  return {
    kind: 'request',
    fixed,
    attributes: ['id', id, 'time', '2026-11-21T18:30:00.123Z'],
    contentType: 'application/json',
    contentEncoding: null,
    data: [Buffer.alloc(dataBytes, 'x')],
    dataBytes,
  };
}
