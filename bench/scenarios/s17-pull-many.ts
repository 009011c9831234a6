// S17: how near to the ideal do many small objects come, when each answer takes 20 ms to begin?
import { join } from 'node:path';
import { type DownloadSample, runDownloader } from '../pull/downloader.ts';
import { outrigger } from '../pull/downloaders.ts';
import { type Scenario, toRow } from '../scenario.ts';

const OBJECTS = 1000;
const OBJECT_BYTES = 256 * 1024;
const DELAY_MS = 20;
const CONNECTIONS = 32;
/** One connection after the other takes its share, each waits for its delay; the list is one answer before. */
const IDEAL_SECONDS = ((Math.ceil(OBJECTS / CONNECTIONS) + 1) * DELAY_MS) / 1000;
const STORE = join(import.meta.dirname, '../pull/paced-store.ts');

export const pullMany: Scenario = {
  name: 'S17',
  title: '1,000 objects of 256 KiB, 20 ms to the first byte',
  method: `From the first connection to the last rename, listing included, to tmpfs, from an S3 without signatures. Ideal: ${CONNECTIONS} connections that do nothing but wait for their answers, ${IDEAL_SECONDS.toFixed(2)} s; outrigger may use up to 64.`,
  tools: ['taskset'],
  async run({ rig, rounds, agentScript, say }) {
    const { port } = await rig.start({
      core: 'any',
      command: ({ port }) =>
        [process.execPath, STORE, ...[port, 0, 0, OBJECTS, OBJECT_BYTES, DELAY_MS].map(String)] as never,
    });
    const env = {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      awsAnonymousCredential: 'true',
      AWS_REGION: 'us-east-1',
    };
    const samples: DownloadSample[] = [];
    for (let round = 0; round <= rounds; round++) {
      const run = { port, into: `/dev/shm/outrigger-bench-${port}`, bytes: OBJECTS * OBJECT_BYTES };
      const sample = await runDownloader(outrigger(agentScript, 's3://models/m', env), run);
      if (round > 0) samples.push(sample);
      say(`${sample.seconds.toFixed(2)} s, ${sample.cpuSeconds.toFixed(2)} s CPU`);
    }
    const ideal = samples.map(({ seconds }) => IDEAL_SECONDS / seconds);
    const subject = 'outrigger';
    return [
      toRow({ subject, metric: 'share of the ideal', samples: ideal, gate: { atLeast: 0.85 } }),
      toRow({ subject, metric: 's', samples: samples.map(({ seconds }) => seconds) }),
      toRow({ subject, metric: 'CPU s', samples: samples.map(({ cpuSeconds }) => cpuSeconds) }),
      toRow({
        subject,
        metric: 'start to first connection s',
        samples: samples.map(({ startSeconds }) => startSeconds),
      }),
    ];
  },
};
