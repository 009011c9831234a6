// S13: does logging hold back a large upload, or is it copied while it passes?

import { LogSink } from '../logging/log-sinks.ts';
import { type Link, Uploader, UploadRuntime, type UploadTimes } from '../logging/uploads.ts';
import { type Bench, type Row, type Scenario, toRow } from '../scenario.ts';
import { median } from '../statistics.ts';
import { agentWith } from '../subjects.ts';

const BODY_BYTES = 8 * 2 ** 20;
const LINK_BYTES_PER_SECOND = 100e6;
const UPLOAD_MS = (BODY_BYTES / LINK_BYTES_PER_SECOND) * 1000;
const WARM_UP_UPLOADS = 400; // short ones: the way of a first byte is to be compiled by then
const WARM_UP_BYTES = 160 * 1024;
const EVENTS_PER_UPLOAD = 2;
const MOST = 1.03; // times the same agent without logging

interface Runner {
  readonly name: string;
  readonly uploader: Uploader;
  readonly logs: boolean;
  readonly firstByteMs: number[]; // one a round, as what follows
  readonly tookMs: number[];
}

export const logStream: Scenario = {
  name: 'S13',
  title: 'logging an upload of 8 MiB over a link of 100 MB/s',
  method:
    'One upload at a time, by turns through an agent that logs and one that does not; the next begins when the sink has the events; 400 short ones go before. The median upload of each round: time to its answer, and to the first byte of its body at the runtime.',
  tools: ['taskset'],
  seconds: 6,
  async run(bench) {
    const sink = await LogSink.start(bench.rig);
    const runtime = new UploadRuntime();
    const port = await runtime.listen();
    const runners: Runner[] = [];
    try {
      for (const logs of [false, true]) {
        const flags = logs ? ['--log-url', sink.url] : [];
        const subject = agentWith(bench.agentScript, logs ? 'logging' : 'logging off', flags);
        const server = await bench.rig.start(subject.spec({ port }));
        const link: Link = { bytesPerSecond: LINK_BYTES_PER_SECOND, runtime };
        const uploader = await Uploader.connect(server.port, link);
        runners.push({ name: subject.name, uploader, logs, firstByteMs: [], tookMs: [] });
      }
      await measure(bench, sink, runners);
    } finally {
      for (const { uploader } of runners) uploader.close();
      runtime.close();
    }
    return rows(runners);
  },
};

async function measure(bench: Bench, sink: LogSink, runners: readonly Runner[]): Promise<void> {
  const [body, short] = [Buffer.alloc(BODY_BYTES, 0x2a), Buffer.alloc(WARM_UP_BYTES, 0x2a)];
  for (let turn = 0; turn < WARM_UP_UPLOADS; turn++)
    for (const runner of runners) await uploadOnce(runner, { sink, body: short });
  const uploads = Math.max(1, Math.round((bench.seconds * 1000) / UPLOAD_MS / runners.length));
  for (let round = 1; round <= bench.rounds; round++) {
    const times = new Map<Runner, UploadTimes[]>(runners.map((runner) => [runner, []]));
    for (let turn = 0; turn < uploads; turn++) {
      // Who begins changes, so that nobody always comes after the other's events.
      for (const runner of turn % 2 === 0 ? runners : runners.toReversed())
        times.get(runner)!.push(await uploadOnce(runner, { sink, body }));
    }
    for (const [runner, seen] of times) {
      runner.tookMs.push(median(seen.map((each) => each.tookMs)));
      runner.firstByteMs.push(median(seen.map((each) => each.firstByteMs)));
      const [took, first] = [runner.tookMs.at(-1)!, runner.firstByteMs.at(-1)!];
      bench.say(`round ${round} ${runner.name}: ${took.toFixed(2)} ms, first byte ${first.toFixed(3)} ms`);
    }
  }
}

async function uploadOnce(
  { uploader, logs }: Runner,
  { sink, body }: { readonly sink: LogSink; readonly body: Buffer },
): Promise<UploadTimes> {
  const { events } = await sink.counts();
  const times = await uploader.upload(body);
  if (logs) await sink.received(events + EVENTS_PER_UPLOAD);
  return times;
}

function rows([off, on]: readonly Runner[]): Row[] {
  const gate = { atMost: MOST };
  return [
    toRow({ subject: off!.name, metric: 'upload ms', samples: off!.tookMs }),
    toRow({ subject: on!.name, metric: 'upload ms', samples: on!.tookMs, reference: off!.tookMs, gate }),
    toRow({ subject: off!.name, metric: 'first byte at the runtime ms', samples: off!.firstByteMs }),
    toRow({
      subject: on!.name,
      metric: 'first byte at the runtime ms',
      samples: on!.firstByteMs,
      reference: off!.firstByteMs,
      gate,
    }),
  ];
}
