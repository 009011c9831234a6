// Does the built agent keep the models of a real TorchServe: archives pulled from MinIO, loaded, changed, kept over kills, removed?
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelPod } from '../real/puller/model-pod.ts';
import { ModelStores } from '../real/puller/stores.ts';
import { inOrder } from '../real/puller/told.ts';
import { expectSame } from '../real/stores/claims.ts';
import { freePorts } from '../support/free-ports.ts';
import {
  askTorchServe,
  makeArchive,
  startTorchServe,
  type TorchServePorts,
  whyNoTorchServe,
} from '../support/runtimes/torchserve-program.ts';
import { summarize } from '../support/stores/verdict-summary.ts';

const startLimitMs = 120_000;
const root = mkdtempSync(join(tmpdir(), 'outrigger-torchserve-agent-'));

function archive(version: string, factor: number): Buffer {
  const folder = join(root, `archive-${factor}`, 'store');
  makeArchive({ folder, file: 'model', version, factor });
  return readFileSync(join(folder, 'model.mar'));
}

async function checkAgent(stores: ModelStores): Promise<void> {
  const [management, grpcManagement] = (await freePorts(2)) as [number, number];
  const folder = join(root, 'pod');
  mkdirSync(folder);
  const pod = await ModelPod.make({
    folder,
    env: stores.env,
    runtime: async ({ httpPort, grpcPort, metricsPort }) => {
      const ports: TorchServePorts = {
        inference: httpPort,
        management,
        others: [metricsPort, grpcPort, grpcManagement],
      };
      const flags = ['--disable-token-auth', '--enable-model-api'];
      const program = startTorchServe({ ports, folder, modelStore: join(folder, 'models'), flags });
      await program.ready(`http://127.0.0.1:${httpPort}/ping`, startLimitMs);
      return { name: 'torchserve', httpPort, grpcPort, program };
    },
  });
  const twice = await stores.putInS3('torchserve/v2', { 'model.mar': archive('1.0', 2) });
  const thrice = await stores.putInS3('torchserve/v3', { 'model.mar': archive('2.0', 3) });
  const ask = () => askTorchServe({ inference: pod.agentPort }, 'm');
  const flags = ['--runtime-api', 'torchserve', '--runtime-management-port', String(management)];
  const start = async (): Promise<void> => {
    pod.startAgent(flags);
    await pod.untilReady();
  };
  const become = async (uri: string, answer: number): Promise<void> => {
    pod.want({ m: uri });
    await pod.until(`it answers ${answer}`, async () => (await ask()) === answer);
  };
  try {
    await pod.startRuntime();
    summarize(
      await inOrder('TorchServe', {
        'an archive of a store is pulled, loaded, and answers': async () => {
          pod.want({ m: twice });
          await start();
          expectSame(await ask(), 14);
        },
        'another version takes over, and the first comes back': async () => {
          await become(thrice, 21);
          await become(twice, 14);
        },
        'killed, it makes the agent unready, and has its model again': async () => {
          await pod.killRuntime();
          await pod.until('the agent is not ready', async () => (await pod.readiness()) === 503);
          await pod.startRuntime();
          await pod.untilReady();
          expectSame(await ask(), 14);
        },
        'a killed agent fetches nothing again': async () => {
          await pod.killAgent();
          await start();
          expectSame([await ask(), (await pod.counts()).pulls], [14, 0]);
        },
        'a model that is wanted no more is gone': async () => {
          pod.want({});
          await pod.until('m is gone', async () => (await pod.model('m')) === undefined);
          expectSame([await ask(), pod.filesOf('m')], ['status 404', []]);
        },
      }),
    );
  } finally {
    await pod[Symbol.asyncDispose]();
  }
}

const why = whyNoTorchServe();
try {
  if (why === null) {
    await using stores = await ModelStores.start(root);
    await checkAgent(stores);
  } else console.log(`not run: ${why}\n0 passed, 0 failed`);
} finally {
  rmSync(root, { recursive: true, force: true });
}
