// REAL-MINIO, REAL-GCS, REAL-AZURE: one large object and many small ones from a real store, against those who would fetch them else.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Downloader, type DownloadSample, runDownloader } from '../pull/downloader.ts';
import { aria2, outrigger } from '../pull/downloaders.ts';
import {
  bucket,
  type Models,
  type RealStore,
  startAzurite,
  startFakeGcs,
  startMinio,
  storeProgram,
} from '../pull/real-stores.ts';
import type { Rig } from '../rig.ts';
import { type Bench, type Row, type Scenario, toRow } from '../scenario.ts';

const SDK = join(import.meta.dirname, '../pull/plain-sdk.ts');

/** What outrigger has to be: so many times the speed of it. Null: for comparison only. */
interface Rival {
  readonly downloader: Downloader;
  readonly least: number | null;
}

interface Contest {
  readonly name: string;
  readonly title: string;
  readonly models: Models;
  start(rig: Rig, models: Models): Promise<RealStore>;
  rivals(store: RealStore, model: 'large' | 'small', models: Models, rig: Rig): Rival[];
}

function contest({ name, title, models, start, rivals }: Contest): Scenario {
  return {
    name,
    title,
    method:
      'From the first connection to the last rename or write, to tmpfs, listing included; store and downloader share two cores. A ratio is the time of the other divided by that of outrigger. The plain client: one GET an object, 16 at once.',
    tools: ['taskset'],
    onlyByName: true,
    async run(bench) {
      const store = await start(bench.rig, models);
      const large = {
        model: 'large',
        bytes: models.largeBytes,
        rivals: rivals(store, 'large', models, bench.rig),
      } as const;
      const bytes = models.smalls * models.smallBytes;
      const small = { model: 'small', bytes, rivals: rivals(store, 'small', models, bench.rig) } as const;
      return [...(await compare(bench, store, large)), ...(await compare(bench, store, small))];
    },
  };
}

interface Course {
  readonly model: 'large' | 'small';
  readonly bytes: number;
  readonly rivals: readonly Rival[];
}

async function compare({ rounds, agentScript, say }: Bench, store: RealStore, course: Course): Promise<Row[]> {
  const { model, bytes, rivals } = course;
  const own = outrigger(agentScript, store.uri(model), store.env);
  const samples = new Map<string, DownloadSample[]>();
  for (let round = 0; round <= rounds; round++) {
    for (const downloader of [own, ...rivals.map((rival) => rival.downloader)]) {
      const run = { port: store.port, into: `/dev/shm/outrigger-bench-${store.port}-into`, bytes };
      const sample = await runDownloader(downloader, run);
      if (round > 0) samples.set(downloader.name, [...(samples.get(downloader.name) ?? []), sample]);
      say(`${model} ${downloader.name}: ${sample.seconds.toFixed(2)} s, ${sample.cpuSeconds.toFixed(2)} s CPU`);
    }
  }
  const mine = samples.get(own.name)!;
  return [
    ...rowsOf(`outrigger, ${model}`, mine),
    toRow({
      subject: `outrigger, ${model}`,
      metric: 'start to first connection s',
      samples: mine.map((each) => each.startSeconds),
    }),
    ...rivals.flatMap(({ downloader: { name }, least }) => {
      const theirs = samples.get(name)!;
      const compared = { samples: secondsOf(theirs), reference: secondsOf(mine) };
      const row = { subject: `${name}, ${model}`, metric: 's, to outrigger', ...compared };
      return [toRow(least === null ? row : { ...row, gate: { atLeast: least } }), cpuRow(`${name}, ${model}`, theirs)];
    }),
  ];
}

function rowsOf(subject: string, samples: readonly DownloadSample[]): Row[] {
  return [
    toRow({ subject, metric: 's', samples: secondsOf(samples) }),
    cpuRow(subject, samples),
    toRow({ subject, metric: 'peak memory MiB', samples: samples.map(({ peakMib }) => peakMib) }),
  ];
}

function cpuRow(subject: string, samples: readonly DownloadSample[]): Row {
  return toRow({ subject, metric: 'CPU s', samples: samples.map(({ cpuSeconds }) => cpuSeconds) });
}

function secondsOf(samples: readonly DownloadSample[]): number[] {
  return samples.map(({ seconds }) => seconds);
}

function plainClient({ sdk, env }: RealStore, model: string): Downloader {
  return { name: 'plain client', argv: (into) => [process.execPath, SDK, ...sdk, `${model}/`, into], env };
}

function rclone({ port }: RealStore, model: string, rig: Rig): Downloader {
  const config = join(rig.folder, 'rclone.conf');
  const keys = 'access_key_id = minioadmin\nsecret_access_key = minioadmin';
  writeFileSync(
    config,
    `[store]\ntype = s3\nprovider = Minio\n${keys}\nendpoint = http://127.0.0.1:${port}\nregion = us-east-1\n`,
  );
  const argv = (into: string) =>
    [
      storeProgram('rclone'),
      '--config',
      config,
      'copy',
      `store:${bucket}/${model}`,
      into,
      '--transfers',
      '16',
    ] as const;
  return { name: 'rclone', argv: (into) => [...argv(into)] };
}

/** Unsigned, and without listing: it is given the addresses. */
function aria2List({ port }: RealStore, { smalls }: Models, rig: Rig): Downloader {
  const list = join(rig.folder, 'aria2.txt');
  const base = `http://127.0.0.1:${port}/${bucket}/small`;
  const lines = Array.from(
    { length: smalls },
    (_, nth) => `${base}/${nth % 7}/${nth}.bin\n  out=${nth % 7}/${nth}.bin\n`,
  );
  writeFileSync(list, lines.join(''));
  const quiet = ['--file-allocation=none', '--console-log-level=error', '--summary-interval=0'];
  return { name: 'aria2 -j16', argv: (into) => ['aria2c', '-j16', ...quiet, '-d', into, '-i', list] };
}

export const realMinio = contest({
  name: 'REAL-MINIO',
  title: 'MinIO: 1 GiB in one object, 2,000 objects of 64 KiB',
  models: { largeBytes: 2 ** 30, smalls: 2000, smallBytes: 65_536 },
  start: startMinio,
  rivals: (store, model, models, rig) => [
    { downloader: rclone(store, model, rig), least: 1 },
    model === 'large'
      ? { downloader: aria2(store.port, `${bucket}/large/model.bin`), least: 1 }
      : { downloader: aria2List(store, models, rig), least: null },
    { downloader: plainClient(store, model), least: 2 },
  ],
});

const emulated: Models = { largeBytes: 2 ** 28, smalls: 500, smallBytes: 65_536 };

export const realGcs = contest({
  name: 'REAL-GCS',
  title: 'fake-gcs-server: 256 MiB in one object, 500 objects of 64 KiB',
  models: emulated,
  start: startFakeGcs,
  rivals: (store, model) => [{ downloader: plainClient(store, model), least: 1 }],
});

export const realAzure = contest({
  name: 'REAL-AZURE',
  title: 'Azurite: 256 MiB in one blob, 500 blobs of 64 KiB',
  models: emulated,
  start: startAzurite,
  rivals: (store, model) => [{ downloader: plainClient(store, model), least: 1 }],
});
