// The puller and the real MLServer, which loads the models of its folder by itself when it starts, all or none.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Verdict } from '../compare.ts';
import { expectSame } from '../stores/claims.ts';
import { askByRest } from './asking.ts';
import { mlserverModel } from './model-files.ts';
import { ModelPod } from './model-pod.ts';
import { type Claims, Scene } from './scene.ts';
import type { ModelStores } from './stores.ts';
import { expectOnly, inOrder } from './told.ts';

interface Uris {
  readonly v2: string;
  readonly v3: string;
  /** Of `m`, refused. */
  readonly broken: string;
}

export async function checkMlserver(folder: string, stores: ModelStores): Promise<Verdict[]> {
  const own = join(folder, 'mlserver');
  mkdirSync(own);
  const put = (key: string, name: string, version: number | 'broken') =>
    stores.putInS3(`mlserver/${key}`, mlserverModel(name, version));
  const uris = { v2: await put('v2', 'm', 2), v3: await put('v3', 'm', 3), broken: await put('broken', 'm', 'broken') };
  const others = {
    other: await stores.putInGcs('mlserver/v7', mlserverModel('other', 7)),
    refused: await put('refused', 'refused', 'broken'),
    torn: await stores.putInS3('mlserver/torn', { 'model-settings.json': Buffer.from('{"name":') }),
  };
  await using pod = await ModelPod.make({ runtime: 'mlserver', folder: own, env: stores.env });
  await pod.startRuntime();
  const scene = new Scene({ pod, asks: [askByRest(pod.agentPort)], others });
  return await inOrder('MLServer', { ...changes(scene, uris), ...kills(scene, uris) });
}

const changes = (scene: Scene, { v2, v3, broken }: Uris): Claims => ({
  'models of S3 and of GCS are pulled, loaded, and answer': async () => {
    scene.want(v2);
    await scene.startAgent();
    expectSame(await scene.answers(), [[2], [7]]);
  },
  'those that it refuses are failed, in its words, and hold up nobody': async () => {
    const [refused, torn] = await Promise.all(
      ['refused', 'torn'].map(async (name) => {
        const { code, reason } = (await scene.pod.model(name))?.failure ?? {};
        return `${code}: ${reason}`;
      }),
    );
    expectSame(/^MODEL_LOAD_FAILED: .*NoSuchModel/.test(refused ?? ''), true);
    expectSame(/^MODEL_LOAD_FAILED: .*torn not found/.test(torn ?? ''), true);
    expectSame(await scene.pod.readiness(), 200);
  },
  'a change fails no request, and all answers are of the old or the new version': async () => {
    expectOnly(await scene.changeTo(v3, 3), [2, 3]);
  },
  'the first version comes back': async () => {
    expectOnly(await scene.changeTo(v2, 2), [2, 3]);
    expectSame(await scene.answers(), [[2], [7]]);
  },
  'a change to a version that it refuses leaves the old one serving; mended it comes': async () => {
    const failed = await scene.failTo(broken);
    expectOnly(failed.tallies, [2]);
    expectSame([failed.serving, /NoSuchModel/.test(failed.reason)], [true, true]);
    expectOnly(await scene.changeTo(v3, 3), [2, 3]);
  },
});

const kills = (scene: Scene, { v2 }: Uris): Claims => ({
  'killed, it makes the agent unready, and has its models again': async () => {
    await scene.restartRuntime();
    expectSame(await scene.answers(), [[3], [7]]);
  },
  'a killed agent fetches nothing again, and goes on': async () => {
    await scene.pod.killAgent();
    await scene.startAgent(['--enable-batcher', '--max-latency', '20']);
    expectSame([await scene.answers(), (await scene.pod.counts()).pulls], [[[3], [7]], 0]);
  },
  'with batches a change mixes up nothing': async () => {
    expectOnly(await scene.changeTo(v2, 2), [2, 3]);
  },
  'a model that is wanted no more is unloaded, its files are gone, and the runtime says 404': async () => {
    expectSame(await scene.remove(), ['404', '404']);
    expectSame([scene.pod.filesOf('m'), await scene.rest('other', [5])], [[], 7]);
  },
});
