// More models than memory with the real Triton: all are answered, and never are more of them in memory than there is room for.
import { setTimeout as wait } from 'node:timers/promises';
import type { Verdict } from '../compare.ts';
import { expectSame } from '../stores/claims.ts';
import { type Answer, type Ask, askByGrpc, askByRest } from './asking.ts';
import { tritonModel } from './model-files.ts';
import type { ModelPod } from './model-pod.ts';
import type { Claims } from './scene.ts';
import type { ModelStores } from './stores.ts';
import { inOrder } from './told.ts';
import { withTriton } from './triton-pod.ts';

const versions = [2, 3, 4, 5, 6, 7];
const roomFor = 2;
const pollMs = 20;

export async function checkTritonBudget(folder: string, stores: ModelStores): Promise<Verdict[]> {
  const uris = await Promise.all(versions.map((v) => stores.putInS3(`budget/v${v}`, tritonModel(v))));
  return withTriton(folder, stores, async (pod) => {
    pod.want(Object.fromEntries(uris.map((uri, nth) => [`m${versions[nth]}`, { uri, memory: '100Mi' }])));
    const grpc = askByGrpc(pod.agentPort);
    const ended = new AbortController();
    let most = 0;
    const watching = watchReady(pod, ended.signal, (ready) => {
      most = Math.max(most, ready);
    });
    try {
      return await inOrder(`Triton, room for ${roomFor} of ${versions.length} models`, {
        ...claims(pod, grpc.ask),
        'at no moment more than there is room for were ready in its index': async () => expectSame(most, roomFor),
      });
    } finally {
      ended.abort();
      await watching;
      grpc.close();
    }
  });
}

const claims = (pod: ModelPod, grpc: Ask): Claims => ({
  'ready with those that there is room for': async () => {
    pod.startAgent(['--model-memory-budget', `${roomFor * 100}Mi`, '--model-wait', '60s']);
    await pod.untilReady();
    const { ready, idle } = (await pod.report()).counts;
    expectSame([ready, idle], [roomFor, versions.length - roomFor]);
  },
  'asked for one after the other by REST, each answers': async () => {
    const rest = askByRest(pod.agentPort);
    const answers: Answer[] = [];
    for (const version of versions) answers.push(await rest(`m${version}`, [5]));
    expectSame(answers, versions);
  },
  'asked for all at once by gRPC, each answers, and waiters of one share its load': async () => {
    const before = await pod.counts();
    const twice = [...versions, ...versions];
    expectSame(await Promise.all(twice.map((version) => grpc(`m${version}`, [3]))), twice);
    const { loads, pulls } = await pod.counts();
    expectSame([loads - before.loads <= versions.length, pulls], [true, versions.length]);
  },
});

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
