// S16: how fast does one large object come, with 90 MiB/s a connection and without any limit?
import { join } from 'node:path';
import { type DownloadSample, runDownloader } from '../pull/downloader.ts';
import { aria2, curl, outrigger, rawSockets } from '../pull/downloaders.ts';
import { type Bench, type Row, type Scenario, toRow } from '../scenario.ts';

const BYTES = 768 * 2 ** 20;
const RATE = 90 * 2 ** 20;
const STORE = join(import.meta.dirname, '../pull/paced-store.ts');

export const pullLarge: Scenario = {
  name: 'S16',
  title: 'one object of 768 MiB over HTTP',
  method:
    'From the first connection to the last rename, to tmpfs; store and downloader share two cores. 90 MiB/s: what S3 gives a connection. Process start is a row of its own. Raw sockets: what Node can do here at all, 16 connections, nothing checked.',
  tools: ['taskset'],
  async run(bench) {
    return [...(await compare(bench, RATE)), ...(await compare(bench, 0))];
  },
};

async function compare({ rig, rounds, agentScript, say }: Bench, rate: number): Promise<Row[]> {
  const store = await rig.start({
    core: 'any',
    command: ({ port }) => [process.execPath, STORE, ...[port, BYTES, rate, 0, 0, 0].map(String)] as never,
  });
  const { port } = store;
  const limit = rate === 0 ? 'unthrottled' : '90 MiB/s a connection';
  const subjects = [
    outrigger(agentScript, `http://127.0.0.1:${port}/model.bin`),
    aria2(port, 'model.bin'),
    curl(port, 'model.bin'),
    rawSockets(port, BYTES),
  ];
  const samples = new Map<string, DownloadSample[]>(subjects.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const subject of subjects) {
      const sample = await runDownloader(subject, { port, into: `/dev/shm/outrigger-bench-${port}`, bytes: BYTES });
      if (round > 0) samples.get(subject.name)!.push(sample); // the first warms caches up
      say(
        `${limit} ${subject.name}: ${(BYTES / 1e9 / sample.seconds).toFixed(2)} GB/s, ${sample.cpuSeconds.toFixed(2)} s CPU`,
      );
    }
  }
  await store.stop();
  return subjects.flatMap(({ name }) => rows(`${name}, ${limit}`, { own: samples.get(name)!, samples, rate }));
}

interface Compared {
  readonly own: readonly DownloadSample[];
  readonly samples: ReadonlyMap<string, readonly DownloadSample[]>;
  readonly rate: number;
}

function rows(subject: string, { own, samples, rate }: Compared): Row[] {
  const speed = (of: readonly DownloadSample[]) => of.map(({ seconds }) => BYTES / 1e9 / seconds);
  const cpu = own.map(({ cpuSeconds }) => cpuSeconds / (BYTES / 1e9));
  if (!subject.startsWith('outrigger')) {
    return [
      toRow({ subject, metric: 'GB/s', samples: speed(own) }),
      toRow({ subject, metric: 'CPU s/GB', samples: cpu }),
    ];
  }
  const reference = samples.get(rate === 0 ? 'curl' : 'aria2 -x16')!;
  const gate = { atLeast: rate === 0 ? 1.5 : 1.3 };
  return [
    toRow({
      subject,
      metric: `GB/s, to ${rate === 0 ? 'curl' : 'aria2'}`,
      samples: speed(own),
      reference: speed(reference),
      gate,
    }),
    toRow({ subject, metric: 'CPU s/GB', samples: cpu, gate: { atMost: 0.6 } }),
    toRow({ subject, metric: 'peak memory MiB', samples: own.map(({ peakMib }) => peakMib) }),
    toRow({ subject, metric: 'start to first connection s', samples: own.map(({ startSeconds }) => startSeconds) }),
  ];
}
