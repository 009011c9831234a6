// More models than memory with the real Triton: all are answered, and never are more of them in memory than there is room for.
import { setTimeout as wait } from 'node:timers/promises';
import type { Verdict } from '../compare.ts';
import { expectSame } from '../stores/claims.ts';
import { askByGrpc, askByRest } from './asking.ts';
import { tritonModel } from './model-files.ts';
import type { ModelPod } from './model-pod.ts';
import type { ModelStores } from './stores.ts';
import { inOrder } from './told.ts';
import { withTriton } from './triton-pod.ts';

const versions = [2, 3, 4, 5, 6, 7];
const roomFor = 2;
const pollMs = 20;

export async function checkTritonBudget(folder: string, stores: ModelStores): Promise<Verdict[]> {
  return withTriton(folder, stores, (pod) => checkPod(pod, stores));
}

async function checkPod(pod: ModelPod, stores: ModelStores): Promise<Verdict[]> {
  const uris = await Promise.all(versions.map((v) => stores.putInS3(`budget/v${v}`, tritonModel(v))));
  const rest = askByRest(pod.agentPort);
  const grpc = askByGrpc(pod.agentPort);
  let most = 0;
  const done = new AbortController();
  const watching = watchReady(pod, done.signal, (ready) => {
    most = Math.max(most, ready);
  });
  const verdicts = await inOrder('Triton, room for 2 of 6 models', {
    'ready with the two that there is room for': async () => {
      pod.want(Object.fromEntries(uris.map((uri, nth) => [`m${versions[nth]}`, { uri, memory: '100Mi' }])));
      pod.startAgent(['--model-memory-budget', `${roomFor * 100}Mi`, '--model-wait', '60s']);
      await pod.untilReady();
      const { ready, idle } = (await pod.report()).counts;
      expectSame([ready, idle], [roomFor, versions.length - roomFor]);
    },
    'asked for one after the other by REST, each answers': async () => {
      const answers: unknown[] = [];
      for (const version of versions) answers.push(await rest(`m${version}`, [5]));
      expectSame(answers, versions);
    },
    'asked for all at once by gRPC, each answers, and waiters of one share its load': async () => {
      const before = await pod.counts();
      const twice = [...versions, ...versions];
      expectSame(await Promise.all(twice.map((version) => grpc.ask(`m${version}`, [3]))), twice);
      const { loads, pulls } = await pod.counts();
      expectSame([loads - before.loads <= versions.length, pulls], [true, versions.length]);
    },
    'at no moment more than two were ready in its index': async () =>
      expectSame([most <= roomFor, most > 0], [true, true]),
  });
  done.abort();
  await watching;
  grpc.close();
  return verdicts;
}

/** How many models Triton says it has READY, again and again. */
async function watchReady(pod: ModelPod, signal: AbortSignal, see: (ready: number) => void): Promise<void> {
  while (!signal.aborted) {
    const answer = await fetch(`http://127.0.0.1:${pod.runtimePort}/v2/repository/index`, {
      method: 'POST',
      body: '{}',
    });
    const rows = (await answer.json()) as readonly { readonly state?: string }[];
    see(rows.filter(({ state }) => state === 'READY').length);
    await wait(pollMs);
  }
}
