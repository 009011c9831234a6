// The puller and the real Triton in explicit mode: each claim goes on where the one before has ended.
import type { Verdict } from '../compare.ts';
import { expectSame } from '../stores/claims.ts';
import { askByGrpc, askByRest } from './asking.ts';
import { tritonModel } from './model-files.ts';
import { type Claims, Scene } from './scene.ts';
import type { ModelStores } from './stores.ts';
import { expectOnly, inOrder } from './told.ts';
import { expectRefused, refusedOrders } from './triton-orders.ts';
import { withTriton } from './triton-pod.ts';

const words = 'its weights do not fit';
const allApis = 'repository,shm,trace,logging';
const allOrders = 'load|unload|index|shared memory|shared memory status|trace|trace settings|logging|log settings';

interface Uris {
  readonly v2: string;
  readonly v3: string;
  readonly refused: string;
}

export async function checkTriton(folder: string, stores: ModelStores): Promise<Verdict[]> {
  const put = (version: number) => stores.putInS3(`triton/v${version}`, tritonModel(version));
  const refused = await stores.putInS3('triton/refused', tritonModel({ broken: words }));
  const other = await stores.putInGcs('triton/v7', tritonModel(7));
  const uris = { v2: await put(2), v3: await put(3), refused };
  return withTriton(folder, stores, async (pod) => {
    const grpc = askByGrpc(pod.agentPort);
    const scene = new Scene({ pod, asks: [askByRest(pod.agentPort), grpc.ask], others: { other, refused } });
    try {
      const claims = [starts(scene, uris), changes(scene, uris), kills(scene), ends(scene, uris)];
      return await inOrder('Triton', Object.assign({}, ...claims) as Claims);
    } finally {
      grpc.close();
    }
  });
}

/** What REST and gRPC answer as, of `m` and of `other`. */
function both(version: number): number[][] {
  return [
    [version, version],
    [7, 7],
  ];
}

const starts = (scene: Scene, { v2 }: Uris): Claims => ({
  'models of S3 and of GCS are pulled, loaded, and answer': async () => {
    scene.want(v2);
    await scene.startAgent();
    expectSame(await scene.answers(), both(2));
  },
  'one that the runtime refuses is failed, in its words, and holds up nobody': async () => {
    const { state = '', serving, failure } = (await scene.pod.model('refused')) ?? {};
    expectSame([['failed', 'loading'].includes(state), serving, failure?.code], [true, false, 'MODEL_LOAD_FAILED']);
    expectSame([failure?.reason.includes(words), await scene.pod.readiness()], [true, 200]);
    const answer = `${await scene.rest('refused', [1])}`;
    expectSame([answer.slice(0, 3), answer.includes(words)], ['503', true]);
  },
});

const changes = (scene: Scene, { v2, v3, refused }: Uris): Claims => ({
  'a change fails no request of REST or gRPC, and all answers are of the old or the new version': async () => {
    expectOnly(await scene.changeTo(v3, 3), [2, 3]);
  },
  'the first version comes back though its files are older than those that are loaded': async () => {
    expectOnly(await scene.changeTo(v2, 2), [2, 3]);
    expectSame([await scene.answers(), await scene.direct('m', [3])], [both(2), 2]);
  },
  'wanted anew and back at once, it ends where it was': async () => {
    const tallies = await scene.during(async () => {
      scene.want(v3);
      await scene.pod.until('the new one is on its way', async () => (await scene.pod.model('m'))?.uri === v3);
      await scene.become(v2, 2);
    });
    expectOnly(tallies, [2, 3]);
    expectSame([await scene.answers(), await scene.direct('m', [3])], [both(2), 2]);
  },
  'a change to a version that the runtime refuses leaves the old one serving; mended it comes': async () => {
    const failed = await scene.failTo(refused);
    expectOnly(failed.tallies, [2]);
    expectSame([failed.serving, failed.reason.includes(words)], [true, true]);
    expectOnly(await scene.changeTo(v3, 3), [2, 3]);
  },
});

const kills = (scene: Scene): Claims => ({
  'a killed runtime makes the agent unready, and has its models again by itself': async () => {
    await scene.restartRuntime();
    expectSame([await scene.answers(), (await scene.pod.report()).runtime.restarts], [both(3), 1]);
  },
  'a client that loads or unloads is refused, and may ask what there is': async () => {
    expectRefused(await refusedOrders(scene.pod), ['load', 'unload']);
  },
  'a killed agent fetches nothing again, and goes on': async () => {
    await scene.pod.killAgent();
    expectSame(await scene.direct('m', [4]), 3);
    await scene.startAgent(['--enable-batcher', '--max-latency', '20']);
    expectSame([await scene.answers(), (await scene.pod.counts()).pulls], [both(3), 0]);
  },
});

const ends = (scene: Scene, { v2, v3 }: Uris): Claims => ({
  'with batches a change mixes up nothing': async () => {
    expectOnly(await scene.changeTo(v2, 2), [2, 3]);
  },
  '--deny-apis closes whole families to clients, not to the agent': async () => {
    await scene.pod.killAgent();
    await scene.startAgent(['--deny-apis', allApis]);
    expectRefused(await refusedOrders(scene.pod), allOrders.split('|'));
    await scene.become(v3, 3);
  },
  'a model that is wanted no more is unloaded, its files are gone, and the runtime says 404': async () => {
    expectSame(await scene.remove(), ['404', '404']);
    await scene.pod.until('refused is gone', async () => (await scene.pod.model('refused')) === undefined);
    expectSame([scene.pod.filesOf('m'), scene.pod.filesOf('refused')], [[], []]);
    expectSame((await scene.answers())[1], [7, 7]);
  },
});
