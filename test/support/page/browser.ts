// A browser of this machine, and what a page does in it that it must not: calls to the outside, errors, breaches of its policy.
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Null: there is none. */
export function findBrowser(): string | null {
  return places.find((place) => existsSync(place)) ?? null;
}

export function openBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

export interface Watched {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What it did that it must not, so far. */
  readonly complaints: string[];
}

export interface Look {
  readonly dark?: boolean;
  readonly width?: number;
  readonly height?: number;
}

/** A page at `url` that is watched from its first moment on; `expected`: of what the console says, no complaint. */
export async function openWatched(
  browser: Browser,
  url: string,
  { dark = false, width = 1280, height = 800 }: Look = {},
  expected: RegExp | null = null,
): Promise<Watched> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  const { host } = new URL(url);
  page.on('request', (request) => {
    const asked = new URL(request.url());
    if (asked.host !== host && asked.protocol !== 'data:') complaints.push(`asks ${asked.href}`);
  });
  page.on('pageerror', (error) => complaints.push(`throws ${error.message}`));
  page.on('console', (message) => {
    const text = message.text();
    const isBad = message.type() === 'error' || message.type() === 'warning';
    if (isBad && !(expected?.test(text) ?? false)) complaints.push(`says ${text}`); // a breach of the policy is said here
  });
  await page.addInitScript(
    `window.longTasks = [];
     new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map(({ duration }) => duration)))
       .observe({ type: 'longtask', buffered: true });`,
  );
  await page.goto(url);
  return { page, context, complaints };
}
