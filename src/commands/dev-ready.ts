// When is the agent ready to be asked? As kubelet finds out: `dev` greets only when what it shows works.
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const betweenMs = 25;

/** `late`: not within `maxMs`; `gone`: nobody is there any more. */
export async function untilReady(
  url: string,
  { maxMs }: { readonly maxMs: number },
): Promise<'ready' | 'late' | 'gone'> {
  const endMs = performance.now() + maxMs;
  while (performance.now() < endMs) {
    const status = await askAsKubelet(url);
    if (status === null) return 'gone';
    if (status === 200) return 'ready';
    await delay(betweenMs, null, { ref: false });
  }
  return 'late';
}

/** Null: no connection. */
async function askAsKubelet(url: string): Promise<number | null> {
  // An agent of its own knows no proxy, and leaves no connection behind.
  const call = request(url, { headers: { 'user-agent': 'kube-probe/dev' }, agent: false }).end();
  try {
    const [{ statusCode = 0 }] = (await once(call, 'response')) as [IncomingMessage];
    return statusCode;
  } catch {
    return null;
  } finally {
    call.destroy();
  }
}
