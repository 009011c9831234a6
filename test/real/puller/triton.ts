// The puller and the real Triton in explicit mode: each claim goes on where the one before has ended.
import type { Verdict } from '../compare.ts';
import { expectSame } from '../stores/claims.ts';
import { type Ask, askByGrpc, askByRest, tallyDuring } from './asking.ts';
import { tritonModel } from './model-files.ts';
import type { ModelPod } from './model-pod.ts';
import type { ModelStores } from './stores.ts';
import { expectOnly, inOrder } from './told.ts';
import { expectRefused, refusedOrders } from './triton-orders.ts';
import { withTriton } from './triton-pod.ts';

const allApis = 'repository,shm,trace,logging';
const allOrders = 'load|unload|index|shared memory|shared memory status|trace|trace settings|logging|log settings';

export async function checkTriton(folder: string, stores: ModelStores): Promise<Verdict[]> {
  return withTriton(folder, stores, (pod) => checkPod(pod, stores));
}

async function checkPod(pod: ModelPod, stores: ModelStores): Promise<Verdict[]> {
  const put = (version: number) => stores.putInS3(`triton/v${version}`, tritonModel(version));
  const [v2, v3] = [await put(2), await put(3)];
  const refused = await stores.putInS3('triton/refused', tritonModel({ broken: 'its weights do not fit' }));
  const other = await stores.putInGcs('triton/v7', tritonModel(7));
  const rest = askByRest(pod.agentPort);
  const direct = askByRest(pod.runtimePort);
  const grpc = askByGrpc(pod.agentPort);
  const asks: readonly Ask[] = [rest, grpc.ask];
  const answers = (model: string) => Promise.all(asks.map((ask) => ask(model, [5, 6])));
  const become = async (uri: string, version: number): Promise<void> => {
    pod.want({ m: uri, other, refused });
    await pod.until(`m answers as version ${version}`, async () => (await rest('m', [5])) === version);
    await pod.until('m is ready', async () => (await pod.model('m'))?.state === 'ready');
  };
  const verdicts = await inOrder('Triton', {
    'models of S3 and of GCS are pulled, loaded, and answer': async () => {
      pod.want({ m: v2, other, refused });
      pod.startAgent(['--model-ready-attempts', '1']);
      await pod.untilReady();
      expectSame(
        [await answers('m'), await answers('other')],
        [
          [2, 2],
          [7, 7],
        ],
      );
    },
    'one that the runtime refuses is failed, in its words, and holds up nobody': async () => {
      const { state, serving, failure } = (await pod.model('refused')) ?? {};
      expectSame(
        [state === 'failed' || state === 'loading', serving, failure?.code],
        [true, false, 'MODEL_LOAD_FAILED'],
      );
      expectSame(/its weights do not fit/.test(failure?.reason ?? ''), true);
      expectSame(/^503 .*its weights do not fit/.test(`${await rest('refused', [1])}`), true);
      expectSame(await pod.readiness(), 200);
    },
    'a change fails no request of REST or gRPC, and all answers are of the old or the new version': async () => {
      expectOnly(await tallyDuring(asks, 'm', () => become(v3, 3)), [2, 3]);
    },
    'the first version comes back though its files are older than those that are loaded': async () => {
      expectOnly(await tallyDuring(asks, 'm', () => become(v2, 2)), [2, 3]);
      expectSame([await answers('m'), await direct('m', [3])], [[2, 2], 2]);
    },
    'wanted anew and back at once, it ends where it was': async () => {
      const tallies = await tallyDuring(asks, 'm', async () => {
        pod.want({ m: v3, other, refused });
        await pod.until('the new one is on its way', async () => (await pod.model('m'))?.uri === v3);
        await become(v2, 2);
      });
      expectOnly(tallies, [2, 3]);
      expectSame([await answers('m'), await direct('m', [3])], [[2, 2], 2]);
    },
    'a change to a version that the runtime refuses leaves the old one serving; mended it comes': async () => {
      const tallies = await tallyDuring(asks, 'm', async () => {
        pod.want({ m: refused, other, refused });
        await pod.until('the change has failed', async () => (await pod.model('m'))?.state === 'failed');
      });
      expectOnly(tallies, [2]);
      const { serving, failure } = (await pod.model('m')) ?? {};
      expectSame([serving, /its weights do not fit/.test(failure?.reason ?? '')], [true, true]);
      expectOnly(await tallyDuring(asks, 'm', () => become(v3, 3)), [2, 3]);
    },
    'a killed runtime makes the agent unready, and has its models again by itself': async () => {
      await pod.killRuntime();
      await pod.until('the agent is not ready', async () => (await pod.readiness()) === 503);
      await pod.startRuntime();
      await pod.untilReady();
      expectSame(
        [await answers('m'), await answers('other')],
        [
          [3, 3],
          [7, 7],
        ],
      );
      expectSame((await pod.report()).runtime.restarts, 1);
    },
    'a client that loads or unloads is refused, and may ask what there is': async () => {
      expectRefused(await refusedOrders(pod), ['load', 'unload']);
    },
    'a killed agent fetches nothing again, and goes on': async () => {
      await pod.killAgent();
      expectSame(await direct('m', [4]), 3);
      pod.startAgent(['--model-ready-attempts', '1', '--enable-batcher', '--max-latency', '20']);
      await pod.untilReady();
      expectSame(
        [await answers('m'), await answers('other')],
        [
          [3, 3],
          [7, 7],
        ],
      );
      expectSame((await pod.counts()).pulls, 0);
    },
    'with batches a change mixes up nothing': async () => {
      expectOnly(await tallyDuring(asks, 'm', () => become(v2, 2)), [2, 3]);
    },
    '--deny-apis closes whole families to clients, not to the agent': async () => {
      await pod.killAgent();
      pod.startAgent(['--model-ready-attempts', '1', '--deny-apis', allApis]);
      await pod.untilReady();
      expectRefused(await refusedOrders(pod), allOrders.split('|'));
      await become(v3, 3);
    },
    'a model that is wanted no more is unloaded, its files are gone, and the runtime says 404': async () => {
      pod.want({ other });
      await pod.until('m is gone', async () => (await pod.model('m')) === undefined);
      await pod.until('refused is gone', async () => (await pod.model('refused')) === undefined);
      expectSame([pod.filesOf('m'), pod.filesOf('refused')], [[], []]);
      expectSame(
        (await Promise.all([rest('m', [1]), direct('m', [1])])).map((answer) => `${answer}`.slice(0, 4)),
        ['404 ', '404 '],
      );
      expectSame(await answers('other'), [7, 7]);
    },
  });
  grpc.close();
  return verdicts;
}
