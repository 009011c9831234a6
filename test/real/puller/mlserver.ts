// The puller and the real MLServer, which finds the models of its folder by itself when it starts.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Verdict } from '../compare.ts';
import { expectSame } from '../stores/claims.ts';
import { askByRest, tallyDuring } from './asking.ts';
import { mlserverModel } from './model-files.ts';
import { ModelPod } from './model-pod.ts';
import type { ModelStores } from './stores.ts';
import { expectOnly, inOrder } from './told.ts';

export async function checkMlserver(folder: string, stores: ModelStores): Promise<Verdict[]> {
  const own = join(folder, 'mlserver');
  mkdirSync(own);
  await using pod = await ModelPod.make({ runtime: 'mlserver', folder: own, env: stores.env });
  await pod.startRuntime();
  return await checkPod(pod, stores);
}

async function checkPod(pod: ModelPod, stores: ModelStores): Promise<Verdict[]> {
  const put = (version: number) => stores.putInS3(`mlserver/v${version}`, mlserverModel('m', version));
  const [v2, v3] = [await put(2), await put(3)];
  const brokenM = await stores.putInS3('mlserver/broken-m', mlserverModel('m', 'broken'));
  const refused = await stores.putInS3('mlserver/refused', mlserverModel('refused', 'broken'));
  const noJson = await stores.putInS3('mlserver/torn', { 'model-settings.json': Buffer.from('{"name":') });
  const other = await stores.putInGcs('mlserver/v7', mlserverModel('other', 7));
  const rest = askByRest(pod.agentPort);
  const direct = askByRest(pod.runtimePort);
  const others = { other, refused, torn: noJson };
  const answers = async () => [await rest('m', [5, 6]), await rest('other', [5])];
  const become = async (uri: string, version: number): Promise<void> => {
    pod.want({ m: uri, ...others });
    await pod.until(`m answers as version ${version}`, async () => (await rest('m', [5])) === version);
    await pod.until('m is ready', async () => (await pod.model('m'))?.state === 'ready');
  };
  return inOrder('MLServer', {
    'models of S3 and of GCS are pulled, loaded, and answer': async () => {
      pod.want({ m: v2, ...others });
      pod.startAgent(['--model-ready-attempts', '1']);
      await pod.untilReady();
      expectSame(await answers(), [2, 7]);
    },
    'those that it refuses are failed, in its words, and hold up nobody': async () => {
      const failures = await Promise.all(['refused', 'torn'].map(async (name) => (await pod.model(name))?.failure));
      expectSame(
        failures.map((failure) => failure?.code),
        ['MODEL_LOAD_FAILED', 'MODEL_LOAD_FAILED'],
      );
      expectSame(
        [/NoSuchModel/.test(failures[0]?.reason ?? ''), /torn not found/.test(failures[1]?.reason ?? '')],
        [true, true],
      );
      expectSame(await pod.readiness(), 200);
    },
    'a change fails no request, and all answers are of the old or the new version': async () => {
      expectOnly(await tallyDuring([rest], 'm', () => become(v3, 3)), [2, 3]);
    },
    'the first version comes back': async () => {
      expectOnly(await tallyDuring([rest], 'm', () => become(v2, 2)), [2, 3]);
      expectSame(await answers(), [2, 7]);
    },
    'a change to a version that it refuses leaves the old one serving; mended it comes': async () => {
      const tallies = await tallyDuring([rest], 'm', async () => {
        pod.want({ m: brokenM, ...others });
        await pod.until('the change has failed', async () => (await pod.model('m'))?.state === 'failed');
      });
      expectOnly(tallies, [2]);
      const { serving, failure } = (await pod.model('m')) ?? {};
      expectSame([serving, /NoSuchModel/.test(failure?.reason ?? '')], [true, true]);
      expectOnly(await tallyDuring([rest], 'm', () => become(v3, 3)), [2, 3]);
    },
    'killed, it makes the agent unready, and has its models again': async () => {
      await pod.killRuntime();
      await pod.until('the agent is not ready', async () => (await pod.readiness()) === 503);
      await pod.startRuntime();
      await pod.untilReady();
      expectSame(await answers(), [3, 7]);
    },
    'a killed agent fetches nothing again, and goes on': async () => {
      await pod.killAgent();
      pod.startAgent(['--model-ready-attempts', '1', '--enable-batcher', '--max-latency', '20']);
      await pod.untilReady();
      expectSame([await answers(), (await pod.counts()).pulls], [[3, 7], 0]);
    },
    'with batches a change mixes up nothing': async () => {
      expectOnly(await tallyDuring([rest], 'm', () => become(v2, 2)), [2, 3]);
    },
    'a model that is wanted no more is unloaded, its files are gone, and the runtime says 404': async () => {
      pod.want({ other });
      await pod.until('m is gone', async () => (await pod.model('m')) === undefined);
      expectSame(pod.filesOf('m'), []);
      const found = await Promise.all([rest('m', [1]), direct('m', [1])]);
      expectSame(
        found.map((answer) => `${answer}`.slice(0, 4)),
        ['404 ', '404 '],
      );
      expectSame(await rest('other', [5]), 7);
    },
  });
}
