// What the page of `outrigger dev` is claimed to do: list, filter, open, show, copy, replay, and stay quick.
import assert from 'node:assert/strict';
import { exec } from 'node:child_process';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { eventually } from '../eventually.ts';
import { openWatched, type Watched } from './browser.ts';
import { binaryBody, jsonBody, send, sendTogether } from './dev-agent.ts';
import type { Claim, Scene } from './scene.ts';

const run = promisify(exec);
/** In the page's own thread; the machine may have other things to do as well. */
const maxTaskMs = 500;

async function withPage({ browser, dev }: Scene, look: (watched: Watched) => Promise<void>): Promise<void> {
  const watched = await openWatched(browser, dev.opsUrl);
  try {
    await look(watched);
    assert.deepEqual(watched.complaints, []);
  } finally {
    await watched.context.close();
  }
}

const rows = (page: Page) => page.locator('.rows .row');

/** Of the opened exchange. */
function partTab(page: Page, name: string, selected?: true) {
  return page.locator('.panel').getByRole('tab', { name, exact: true, ...(selected ? { selected } : {}) });
}

/** Opens the newest exchange whose line has this text. */
async function openFirst(page: Page, text: string): Promise<void> {
  await page.getByRole('searchbox', { name: 'filter exchanges by text' }).fill(text);
  await rows(page).first().click();
  await page.locator('.panel .path').first().waitFor();
}

export const inspectorClaims: readonly Claim[] = [
  {
    claim: 'the list fills by itself with what passes, with tensors and status',
    holds: (scene) =>
      withPage(scene, async ({ page }) => {
        await page.locator('#view-exchanges .empty, .rows .row').first().waitFor();
        await send(scene.dev.agentUrl);
        await send(scene.dev.agentUrl, binaryBody());
        await send(scene.dev.agentUrl, { path: '/v2/models/nobody/infer' });
        const line = rows(page).filter({ hasText: 'x FP32 [1,64] → label INT64 [1]' }).first();
        await line.waitFor();
        assert.match(await line.innerText(), /digits[\s\S]*200[\s\S]*ms/);
        await rows(page).filter({ hasText: 'V2 binary' }).first().waitFor();
        await rows(page).filter({ hasText: 'nobody' }).first().waitFor();
      }),
  },
  {
    claim: 'the list is filtered by text, by model and by outcome',
    holds: (scene) =>
      withPage(scene, async ({ page }) => {
        await rows(page).filter({ hasText: 'nobody' }).first().waitFor();
        await page.keyboard.press('/');
        await page.keyboard.type('v2 binary');
        await eventually('only binary is left', async () => {
          const texts = await rows(page).allInnerTexts();
          return texts.length > 0 && texts.every((text) => text.includes('V2 binary'));
        });
        await page.keyboard.press('ControlOrMeta+a');
        await page.keyboard.press('Delete');
        await page.getByRole('radio', { name: 'Errors' }).check();
        await eventually('only errors are left', async () => {
          const texts = await rows(page).allInnerTexts();
          return texts.length > 0 && texts.every((text) => !/\b200\b/.test(text));
        });
        await page.getByRole('radio', { name: 'All' }).check();
        await page.getByRole('combobox', { name: 'filter by model' }).selectOption('digits');
        await eventually('only digits are left', async () => {
          const texts = await rows(page).allInnerTexts();
          return texts.length > 0 && texts.every((text) => text.includes('digits'));
        });
      }),
  },
  {
    claim: 'an exchange is opened, walked through and closed by keyboard alone',
    holds: (scene) =>
      withPage(scene, async ({ page }) => {
        await rows(page).first().waitFor();
        for (const key of ['p', 'j', 'j', 'Enter']) await page.keyboard.press(key);
        await page.locator('.panel .path').waitFor();
        const opened = page.url();
        assert.match(opened, /#exchanges\/\d+$/);
        await partTab(page, 'Request').focus();
        await page.keyboard.press('ArrowRight');
        await partTab(page, 'Response', true).waitFor();
        await page.keyboard.press('Escape');
        await page.locator('.panel').waitFor({ state: 'hidden' });
        await page.keyboard.press('?');
        await page.getByRole('dialog', { name: 'Keys' }).waitFor();
        await page.keyboard.press('Escape');
        await page.keyboard.press('2');
        await page.getByRole('tab', { name: 'Traffic', selected: true }).waitFor();
      }),
  },
  {
    claim: 'tensors are shown with their values and their range, also when they came in binary',
    holds: (scene) =>
      withPage(scene, async ({ page }) => {
        await openFirst(page, 'v2 binary');
        const part = page.locator('.part');
        await part.getByRole('row', { name: /^x FP32 \[1, 64\] 64 0 .* 16$/ }).waitFor();
        const values = (await part.locator('.value').allInnerTexts()).map(Number);
        assert.deepEqual(
          values,
          Array.from({ length: 64 }, (_, at) => (at * 7) % 17),
        );
        await partTab(page, 'Response').click();
        await part.getByRole('row', { name: /^label INT64 \[1\] 1 \d \d \d$/ }).waitFor();
      }),
  },
  {
    claim: 'headers, event, curl and Python of an exchange are there, and curl is copied as it stands',
    holds: (scene) =>
      withPage(scene, async ({ page }) => {
        await openFirst(page, 'v2 json digits 200');
        await partTab(page, 'Headers').click();
        await page.locator('.part').getByText('application/json').first().waitFor();
        await partTab(page, 'Event').click();
        await page.locator('.part').getByText('org.kubeflow.serving.inference.request').waitFor();
        await partTab(page, 'Code').click();
        await page.locator('.part').getByText('tritonclient').first().waitFor();
        const block = page.locator('.copy').filter({ hasText: 'curl' }).first();
        await block.getByRole('button', { name: 'Copy' }).click();
        await block.getByText('copied').waitFor();
        const copied = await page.evaluate('navigator.clipboard.readText()');
        assert.equal(copied, await block.locator('code').textContent());
        const { stdout } = await run(String(copied), { shell: '/bin/bash' });
        assert.match(stdout, /"label"/);
      }),
  },
  {
    claim: 'a replay says what came of it, and is a line of its own',
    holds: (scene) =>
      withPage(scene, async ({ page }) => {
        await openFirst(page, 'v2 json digits 200');
        const before = Number(await rows(page).first().getAttribute('data-id'));
        await page.getByRole('button', { name: 'Replay' }).click();
        await page.locator('.replay').getByText('answered').waitFor();
        assert.match(await page.locator('.replay').innerText(), /answered 200 after/);
        await eventually('a new line', async () => Number(await rows(page).first().getAttribute('data-id')) > before);
      }),
  },
  {
    claim: 'a batch is a picture of all its members, which lead to each other',
    holds: (scene) =>
      withPage(scene, async ({ page }) => {
        await page.getByRole('searchbox', { name: 'filter exchanges by text' }).fill('digits');
        const shared = rows(page).filter({ hasText: /of \d/ });
        await eventually('some share a call', async () => {
          await sendTogether(scene.dev.agentUrl, 32);
          return (await shared.count()) > 0;
        });
        await rows(page).filter({ hasText: /of \d/ }).first().click();
        await partTab(page, 'Batch').click();
        const members = page.locator('.part .lanes li');
        await members.first().waitFor();
        const count = await members.count();
        assert.ok(count > 1, `${count} members`);
        assert.equal(await page.locator('.part .lanes li.own').count(), 1);
        const other = page.locator('.part .lanes li:not(.own) a').first();
        const href = await other.getAttribute('href');
        await other.click();
        await eventually('the other is open', () => page.url().endsWith(href ?? '?'));
        await page
          .locator('.part .lanes li.own')
          .getByText((href ?? '').split('/')[1] ?? '')
          .first()
          .waitFor();
        assert.equal(await members.count(), count);
      }),
  },
  {
    claim: 'what a stranger sends is text: no markup of a path or a body comes to life',
    holds: (scene) =>
      withPage(scene, async ({ page }) => {
        const hostile = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>';
        await send(scene.dev.agentUrl, {
          path: `/v2/models/${encodeURIComponent(hostile)}/infer`,
          body: jsonBody(hostile),
          headers: { 'X-Hostile': hostile },
        });
        await openFirst(page, 'onerror');
        for (const name of ['Request', 'Response', 'Headers', 'Event', 'Code']) {
          await partTab(page, name).click();
          await page.locator('.part > *').first().waitFor();
        }
        assert.equal(await page.evaluate('window.hit'), undefined);
        assert.equal(await page.locator('#panel img, #panel script').count(), 0);
      }),
  },
  {
    // From 200 a second on each draws as much as it ever does: the newest 200 lines a second.
    claim: '5,000 requests, 32 at once, do not freeze the page, and its list stays short',
    holds: (scene) =>
      withPage(scene, async ({ page }) => {
        await rows(page).first().waitFor();
        await page.evaluate('window.longTasks.length = 0');
        const startedMs = performance.now();
        await run(scene.dev.loadCommand, { shell: '/bin/bash' });
        const perSecond = 5000 / ((performance.now() - startedMs) / 1000);
        await eventually('the notice tells of it', async () =>
          /a second|skipped/.test(await page.locator('.notice').innerText()),
        );
        const tasks = (await page.evaluate('window.longTasks')) as number[];
        const longest = Math.round(Math.max(0, ...tasks));
        console.log(
          `       ${Math.round(perSecond)} requests a second, ${tasks.length} tasks over 50 ms, the longest ${longest} ms`,
        );
        assert.ok(longest < maxTaskMs, `a task of ${longest} ms`);
        assert.ok((await rows(page).count()) <= 300);
      }),
  },
];
