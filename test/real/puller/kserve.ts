// The puller and KServe's own Python server: one that loads models from a folder, and one that has a model of its own and cannot.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Verdict } from '../compare.ts';
import { expectSame } from '../stores/claims.ts';
import { askByRest } from './asking.ts';
import { kserveModel } from './model-files.ts';
import { ModelPod, type PodOptions } from './model-pod.ts';
import { type Claims, Scene } from './scene.ts';
import type { ModelStores } from './stores.ts';
import { expectOnly, inOrder } from './told.ts';

interface Uris {
  readonly v2: string;
  readonly v3: string;
  readonly broken: string;
}

export async function checkKserve(folder: string, stores: ModelStores): Promise<Verdict[]> {
  const broken = await stores.putInS3('kserve/broken', kserveModel('broken'));
  const v2 = await stores.putInS3('kserve/v2', kserveModel(2));
  const uris = { v2, v3: await stores.putInGcs('kserve/v3', kserveModel(3)), broken };
  const [loading, fixed] = [join(folder, 'loading'), join(folder, 'fixed')];
  for (const own of [loading, fixed]) mkdirSync(own);
  const options = { runtime: 'kserve', env: stores.env } as const;
  const fromFolder = { ...options, folder: loading, runtimeFlags: (modelDir: string) => [modelDir] };
  return [
    ...(await checkPod('KServe, loading from a folder', fromFolder, (scene) => loads(scene, uris))),
    ...(await checkPod('KServe, with a model of its own', { ...options, folder: fixed }, (scene) =>
      refuses(scene, uris),
    )),
  ];
}

async function checkPod(group: string, options: PodOptions, claims: (scene: Scene) => Claims): Promise<Verdict[]> {
  await using pod = await ModelPod.make(options);
  await pod.startRuntime();
  return await inOrder(group, claims(new Scene({ pod, asks: [askByRest(pod.agentPort)], others: {} })));
}

const loads = (scene: Scene, { v2, v3, broken }: Uris): Claims => ({
  'a model is pulled, loaded, and answers; one that it refuses is failed, in its words': async () => {
    scene.pod.want({ m: v2, broken });
    await scene.startAgent();
    expectSame(await scene.rest('m', [5, 6]), 2);
    const { serving, failure } = (await scene.pod.model('broken')) ?? {};
    expectSame([serving, failure?.code], [false, 'MODEL_LOAD_FAILED']);
    expectSame(/could not convert/.test(failure?.reason ?? ''), true);
  },
  'a change and the way back fail no request': async () => {
    expectOnly(await scene.changeTo(v3, 3), [2, 3]);
    expectOnly(await scene.changeTo(v2, 2), [2, 3]);
  },
  'a change to a version that it refuses leaves the old one serving; mended it comes': async () => {
    expectOnly((await scene.failTo(broken)).tallies, [2]);
    expectOnly(await scene.changeTo(v3, 3), [2, 3]);
  },
  'killed, it has its models again': async () => {
    await scene.restartRuntime();
    expectSame(await scene.rest('m', [5]), 3);
  },
  'a model that is wanted no more is gone': async () => {
    expectSame([await scene.remove(), scene.pod.filesOf('m')], [['404', '404'], []]);
  },
});

const refuses = (scene: Scene, { v2 }: Uris): Claims => ({
  'a model that it cannot load is failed in its words, and it serves on': async () => {
    scene.want(v2);
    await scene.startAgent();
    const { state = '', failure } = (await scene.pod.model('m')) ?? {};
    expectSame([['failed', 'loading'].includes(state), /503 .*not ready/.test(failure?.reason ?? '')], [true, true]);
    expectSame([await scene.rest('doubler', [5]), `${await scene.rest('m', [5])}`.slice(0, 3)], [2, '503']);
  },
  'with --runtime-api none it is told nothing, and has the files': async () => {
    await scene.pod.killAgent();
    await scene.startAgent(['--runtime-api', 'none']);
    expectSame([(await scene.pod.model('m'))?.state, scene.pod.filesOf('m').length], ['ready', 2]);
    expectSame(await scene.rest('doubler', [5]), 2);
  },
});
