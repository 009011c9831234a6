import { describe, expect, it } from 'vitest';
import { LogMetrics } from '../../../src/log-metrics.ts';
import { DropReport } from '../../../src/logger/delivery/drop-report.ts';
import { recordingLog } from '../../support/delivery/scripted-sink.ts';

function open() {
  const metrics = new LogMetrics().sink('http://sink');
  const { log, lines } = recordingLog();
  const report = new DropReport(metrics, log);
  const drop = (reason: string, events: number) => {
    for (let i = 0; i < events; i += 1) {
      metrics.received('request');
      metrics.ended('request', reason, 10);
    }
  };
  const said = () => lines.map(({ level, fields }) => [level, fields.events, fields.reasons]);
  return { report, drop, said };
}

describe('a report of lost events', () => {
  it('is silent while none are', () => {
    const { report, said } = open();
    report.look(0);
    report.dropped(0);
    expect(report.say()).toBe(false);
    expect(said()).toEqual([]);
  });

  it('comes at once, then once a minute, and names each lost event once', () => {
    const { report, drop, said } = open();
    drop('queue_full', 2);
    report.dropped(0);
    for (let nowMs = 1000; nowMs < 60_000; nowMs += 1000) {
      drop('queue_full', 1);
      if (nowMs < 3000) drop('rejected', 1);
      report.dropped(nowMs);
      report.look(nowMs);
    }
    expect(said()).toEqual([['error', 2, { queue_full: 2 }]]);
    report.look(60_000);
    expect(said()[1]).toEqual(['error', 61, { queue_full: 59, rejected: 2 }]);
    drop('attempts', 1);
    expect(report.say()).toBe(true);
    expect(said()[2]).toEqual(['error', 1, { attempts: 1 }]);
  });
});
