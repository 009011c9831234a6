// The pictures of the README: the page as it is with real requests.
import { exec } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Look, openWatched } from './browser.ts';
import { binaryBody, send, sendTogether } from './dev-agent.ts';
import type { Scene } from './scene.ts';
import { startSidecar } from './sidecar-claims.ts';

const historySeconds = 75;
const row = '.rows .row';

/** Requests of all kinds, as somebody who tries things sends them. */
async function talk(agentUrl: string, { seconds }: { readonly seconds: number }): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    for (let round = 0; round < 4; round += 1) {
      await sendTogether(agentUrl, 4 + ((second * 5 + round * 3) % 13));
      await wait(120);
    }
    await send(agentUrl, binaryBody());
    if (second % 4 === 0) await send(agentUrl, { path: '/v2/models/letters/infer' });
  }
}

/** Written as NAME.png; made small by pngquant where it is. */
export async function takeScreenshots(scene: Scene, folder: string): Promise<void> {
  const { browser, dev } = scene;
  await using sidecar = await startSidecar(scene);
  const shoot = async (
    name: string,
    url: string,
    look: Look,
    prepare: (page: Awaited<ReturnType<typeof openWatched>>['page']) => Promise<void>,
  ) => {
    const { page, context } = await openWatched(browser, url, look);
    await talk(look.dark === true || url === dev.opsUrl ? dev.agentUrl : sidecar.agentUrl, { seconds: 3 });
    await prepare(page);
    const path = join(folder, `${name}.png`);
    await page.screenshot({ path });
    await context.close();
    await new Promise((resolve) =>
      exec(`pngquant --force --skip-if-larger --ext .png --quality 70-95 "${path}"`, resolve),
    );
    console.log(`       ${path}`);
  };
  await shoot('exchanges', dev.opsUrl, {}, async (page) => page.locator(row).first().waitFor());
  await shoot('exchange', dev.opsUrl, {}, async (page) => {
    await page.locator(row).filter({ hasText: 'V2 binary' }).first().click();
    await page.locator('.part .value').first().waitFor();
  });
  await shoot('batch', dev.opsUrl, {}, async (page) => {
    await page
      .locator(row)
      .filter({ hasText: /of \d\d/ })
      .first()
      .click();
    await page.getByRole('tab', { name: 'Batch', exact: true }).click();
    await page.locator('.part .lanes').waitFor();
  });
  await shoot('dark', dev.opsUrl, { dark: true }, async (page) => {
    await page.locator(row).filter({ hasText: /of \d/ }).first().click();
    await page.locator('.part .value').first().waitFor();
  });
  await shoot('batching', dev.opsUrl, {}, async (page) => {
    await page.getByRole('tab', { name: 'Batching' }).click();
    await talk(dev.agentUrl, { seconds: 20 });
  });
  await shoot('status-page', sidecar.opsUrl, {}, () => talk(sidecar.agentUrl, { seconds: historySeconds }));
}
