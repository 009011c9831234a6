// What the same page is claimed to be in a sidecar: figures without payloads, honest when the agent drains or is gone.
import assert from 'node:assert/strict';
import { AgentProcess } from '../../e2e/support/agent-process.ts';
import { freePort } from '../free-ports.ts';
import { openWatched, type Watched } from './browser.ts';
import { send } from './dev-agent.ts';
import type { Claim, Scene } from './scene.ts';

/** The page asks once whether there is anything to inspect; the browser says that there is not. */
const askedOnce = /404 \(Not Found\)/;
const lost = /ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/;

export interface Sidecar extends AsyncDisposable {
  readonly agent: AgentProcess;
  readonly agentUrl: string;
  readonly opsUrl: string;
}

/** In front of dev, as if that were a runtime; it sends its events to dev's sink. */
export async function startSidecar({ program, dev }: Scene): Promise<Sidecar> {
  const opsPort = await freePort();
  const flags = ['--enable-batcher', '--max-batchsize', '16', '--max-latency', '20', '--log-url', dev.sinkUrl];
  const drain = ['--drain-min-wait', '4s', '--drain-quiet-period', '0s'];
  const runtimePort = new URL(dev.agentUrl).port;
  const place = ['--host', '127.0.0.1', '--port', '0', '--metrics-port', String(opsPort)];
  const agent = new AgentProcess({ program, args: [...place, '--component-port', runtimePort, ...flags, ...drain] });
  const port = await agent.served();
  return {
    agent,
    agentUrl: `http://127.0.0.1:${port}`,
    opsUrl: `http://127.0.0.1:${opsPort}/`,
    [Symbol.asyncDispose]: () => agent[Symbol.asyncDispose](),
  };
}

async function withSidecar(scene: Scene, look: (sidecar: Sidecar, watched: Watched) => Promise<void>): Promise<void> {
  await using sidecar = await startSidecar(scene);
  const expected = new RegExp(`${askedOnce.source}|${lost.source}`);
  const watched = await openWatched(scene.browser, sidecar.opsUrl, { dark: true, width: 390, height: 844 }, expected);
  try {
    await look(sidecar, watched);
    assert.deepEqual(watched.complaints, []);
  } finally {
    await watched.context.close();
  }
}

export const sidecarClaims: readonly Claim[] = [
  {
    claim: 'in a sidecar the page has every tab but that of exchanges, on a small screen in the dark too',
    holds: (scene) =>
      withSidecar(scene, async ({ agentUrl }, { page }) => {
        for (let sent = 0; sent < 20; sent += 1) await send(agentUrl);
        await page.getByRole('tab', { name: 'Traffic', selected: true }).waitFor();
        assert.equal(await page.getByRole('tab', { name: 'Exchanges' }).count(), 0);
        await page.getByText('20 since start').waitFor();
        await page.locator('.u-over').first().waitFor();
        assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390);
        for (const name of ['Batching', 'Events', 'Models', 'Health']) {
          await page.getByRole('tab', { name }).click();
          await page.getByRole('tab', { name, selected: true }).waitFor();
          assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390);
        }
        await page.getByText('ready', { exact: true }).first().waitFor();
        const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor');
        assert.equal(ground, 'rgb(14, 19, 25)');
      }),
  },
  {
    claim: 'the page says in large letters that the agent drains, and that it is gone, and recovers when it is back',
    holds: (scene) =>
      withSidecar(scene, async ({ agent, opsUrl }, { page }) => {
        await page.locator('#readiness').getByText('ready', { exact: true }).waitFor();
        agent.signal('SIGTERM');
        await page.locator('#draining').waitFor();
        await agent.end();
        await page.locator('#lost').waitFor();
        const { port } = new URL(opsUrl);
        const place = ['--host', '127.0.0.1', '--port', '0', '--metrics-port', port];
        const args = [...place, '--component-port', new URL(scene.dev.agentUrl).port];
        await using again = new AgentProcess({ program: scene.program, args });
        await again.served();
        await page.locator('#lost').waitFor({ state: 'hidden' });
        await page.locator('#draining').waitFor({ state: 'hidden' });
      }),
  },
];
