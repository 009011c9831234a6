// The puller and KServe's own Python server: one that loads models from a folder, and one that has a model of its own and cannot.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Verdict } from '../compare.ts';
import { expectSame } from '../stores/claims.ts';
import { askByRest, tallyDuring } from './asking.ts';
import { kserveModel } from './model-files.ts';
import { ModelPod, type PodOptions } from './model-pod.ts';
import type { ModelStores } from './stores.ts';
import { expectOnly, inOrder } from './told.ts';

export async function checkKserve(folder: string, stores: ModelStores): Promise<Verdict[]> {
  const [loading, fixed] = [join(folder, 'loading'), join(folder, 'fixed')];
  for (const own of [loading, fixed]) mkdirSync(own);
  const options = { runtime: 'kserve', env: stores.env } as const;
  return [
    ...(await checkPod({ ...options, folder: loading, runtimeFlags: (modelDir) => [modelDir] }, checkLoading, stores)),
    ...(await checkPod({ ...options, folder: fixed }, checkFixed, stores)),
  ];
}

async function checkPod(
  options: PodOptions,
  check: (pod: ModelPod, stores: ModelStores) => Promise<Verdict[]>,
  stores: ModelStores,
): Promise<Verdict[]> {
  await using pod = await ModelPod.make(options);
  await pod.startRuntime();
  return await check(pod, stores);
}

async function checkLoading(pod: ModelPod, stores: ModelStores): Promise<Verdict[]> {
  const [v2, v3] = [
    await stores.putInS3('kserve/v2', kserveModel(2)),
    await stores.putInGcs('kserve/v3', kserveModel(3)),
  ];
  const broken = await stores.putInS3('kserve/broken', kserveModel('broken'));
  const rest = askByRest(pod.agentPort);
  const become = async (uri: string, version: number): Promise<void> => {
    pod.want({ m: uri, broken });
    await pod.until(`m answers as version ${version}`, async () => (await rest('m', [5])) === version);
  };
  return inOrder('KServe, loading from a folder', {
    'a model is pulled, loaded, and answers; one that it refuses is failed, in its words': async () => {
      pod.want({ m: v2, broken });
      pod.startAgent(['--model-ready-attempts', '1']);
      await pod.untilReady();
      expectSame(await rest('m', [5, 6]), 2);
      const { serving, failure } = (await pod.model('broken')) ?? {};
      expectSame(
        [serving, failure?.code, /could not convert/.test(failure?.reason ?? '')],
        [false, 'MODEL_LOAD_FAILED', true],
      );
    },
    'a change and the way back fail no request': async () => {
      expectOnly(await tallyDuring([rest], 'm', () => become(v3, 3)), [2, 3]);
      expectOnly(await tallyDuring([rest], 'm', () => become(v2, 2)), [2, 3]);
    },
    'a change to a version that it refuses leaves the old one serving': async () => {
      const tallies = await tallyDuring([rest], 'm', async () => {
        pod.want({ m: broken, broken });
        await pod.until('the change has failed', async () => (await pod.model('m'))?.state === 'failed');
      });
      expectOnly(tallies, [2]);
      await become(v3, 3);
    },
    'killed, it has its models again': async () => {
      await pod.killRuntime();
      await pod.until('the agent is not ready', async () => (await pod.readiness()) === 503);
      await pod.startRuntime();
      await pod.untilReady();
      expectSame(await rest('m', [5]), 3);
    },
    'a model that is wanted no more is gone': async () => {
      pod.want({});
      await pod.until('m is gone', async () => (await pod.model('m')) === undefined);
      expectSame([pod.filesOf('m'), `${await rest('m', [1])}`.slice(0, 4)], [[], '404 ']);
    },
  });
}

async function checkFixed(pod: ModelPod, stores: ModelStores): Promise<Verdict[]> {
  const uri = await stores.putInS3('kserve/doubler', kserveModel(2));
  const rest = askByRest(pod.agentPort);
  return inOrder('KServe, with a model of its own', {
    'a model that it cannot load is failed in its words, and it serves on': async () => {
      pod.want({ m: uri });
      pod.startAgent(['--model-ready-attempts', '1']);
      await pod.untilReady();
      const { state, failure } = (await pod.model('m')) ?? {};
      expectSame(
        [state === 'failed' || state === 'loading', /503 .*not ready/.test(failure?.reason ?? '')],
        [true, true],
      );
      expectSame([await rest('doubler', [5]), `${await rest('m', [5])}`.slice(0, 4)], [2, '503 ']);
    },
    'with --runtime-api none it is told nothing, and has the files': async () => {
      await pod.killAgent();
      pod.startAgent(['--runtime-api', 'none']);
      await pod.untilReady();
      expectSame([(await pod.model('m'))?.state, pod.filesOf('m').length, await rest('doubler', [5])], ['ready', 2, 2]);
    },
  });
}
