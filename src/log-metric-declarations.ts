// The metrics of payload logging: names of KServe's own agent where it has them (kserve PR #6190), ours for the rest.
import { Counter, Gauge, Histogram } from './instruments.ts';

// From a sink on the same node to one that answers just before --log-client-timeout.
const DELIVERY_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Over all sinks. */
export function declareKserveLogger() {
  return {
    sent: new Counter({
      name: 'kserve_logger_events_sent_total',
      help: 'Events that a sink took.',
      labels: ['type'],
    }),
    failed: new Counter({
      name: 'kserve_logger_events_failed_total',
      help: 'Attempts to deliver an event that failed; most are repeated.',
      labels: ['type'],
    }),
    dropped: new Counter({
      name: 'kserve_logger_events_dropped_total',
      help: 'Events that were lost.',
      labels: ['type'],
    }),
    deliverySeconds: new Histogram({
      name: 'kserve_logger_delivery_duration_seconds',
      help: 'Time of one attempt to deliver, whatever came of it.',
      buckets: DELIVERY_BUCKETS_S,
    }),
    queueDepth: new Gauge({
      name: 'kserve_logger_work_queue_depth',
      help: 'Events that wait or are being delivered.',
    }),
  };
}

/** By sink: received = delivered + dead_lettered + queued + dropped, at any moment. */
export function declareSinks() {
  return {
    received: new Counter({
      name: 'outrigger_log_events_received_total',
      help: 'Events made for a sink, and those found in the spool at start.',
      labels: ['sink', 'type'],
    }),
    delivered: new Counter({
      name: 'outrigger_log_events_delivered_total',
      help: 'Events that the sink took.',
      labels: ['sink', 'type'],
    }),
    deadLettered: new Counter({
      name: 'outrigger_log_events_dead_lettered_total',
      help: 'Events that went to the dead letters in place of the sink.',
      labels: ['sink', 'type'],
    }),
    droppedByReason: new Counter({
      name: 'outrigger_log_events_dropped_total',
      help: 'Events that were lost, by reason.',
      labels: ['sink', 'reason'],
    }),
    queued: new Gauge({
      name: 'outrigger_log_events_queued',
      help: 'Events that wait or are being delivered, in memory and on disk.',
      labels: ['sink'],
    }),
    queuedBytes: new Gauge({
      name: 'outrigger_log_queue_bytes',
      help: 'Memory that waiting events count for.',
      labels: ['sink'],
    }),
    oldestSeconds: new Gauge({
      name: 'outrigger_log_oldest_event_age_seconds',
      help: 'Age of the event that waits the longest; 0: none waits.',
      labels: ['sink'],
    }),
    retries: new Counter({
      name: 'outrigger_log_retries_total',
      help: 'Attempts to deliver that were repetitions.',
      labels: ['sink'],
    }),
    payloadBytes: new Counter({
      name: 'outrigger_log_delivered_bytes_total',
      help: 'Bytes of payloads that the sink took.',
      labels: ['sink'],
    }),
    healthy: new Gauge({
      name: 'outrigger_log_sink_healthy',
      help: '1 when the last attempt to deliver went well or none was made, else 0.',
      labels: ['sink'],
    }),
  };
}

export function declareSpool() {
  return {
    unspooled: new Counter({
      name: 'outrigger_log_events_unspooled_total',
      help: 'Events that were not on disk when their answer went on: the disk was late, full or read-only, or the spool full.',
      labels: ['reason'],
    }),
    spoolBytes: new Gauge({
      name: 'outrigger_log_spool_bytes',
      help: 'Bytes of events on disk.',
    }),
    spoolWaitSeconds: new Histogram({
      name: 'outrigger_log_spool_wait_seconds',
      help: 'How long answers waited for the disk.',
      buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05],
    }),
  };
}

/** What of the traffic is read along, and what is left out. */
export function declareCapture() {
  return {
    skipped: new Counter({
      name: 'outrigger_log_skipped_total',
      help: 'Exchanges that were not logged, by reason.',
      labels: ['reason'],
    }),
    captureBytes: new Gauge({
      name: 'outrigger_log_capture_bytes',
      help: 'Bytes of bodies that are being copied for events.',
    }),
  };
}
