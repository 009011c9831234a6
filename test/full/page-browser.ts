// Does the page do in a real browser what it is for? `--screenshots` writes the pictures of the README to docs/screenshots.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { builtProgram } from '../e2e/support/built-program.ts';
import { findBrowser, openBrowser } from '../support/page/browser.ts';
import { startDevAgent } from '../support/page/dev-agent.ts';
import { inspectorClaims } from '../support/page/inspector-claims.ts';
import type { Scene } from '../support/page/scene.ts';
import { takeScreenshots } from '../support/page/screenshots.ts';
import { sidecarClaims } from '../support/page/sidecar-claims.ts';

const executablePath = findBrowser();
if (executablePath === null) {
  console.log('skipped: no Chromium on this machine (apt-get install chromium)');
  console.log('0 passed, 0 failed');
} else {
  const program = await builtProgram();
  await using dev = await startDevAgent(program);
  const browser = await openBrowser(executablePath);
  const scene: Scene = { browser, dev, program };
  const counts = { passed: 0, failed: 0 };
  for (const { claim, holds } of [...inspectorClaims, ...sidecarClaims]) {
    const startedMs = performance.now();
    const failure = await holds(scene).then(
      () => null,
      (error: unknown) => String(error),
    );
    counts[failure === null ? 'passed' : 'failed'] += 1;
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    console.log(
      `${failure === null ? 'ok  ' : 'FAIL'} ${claim} (${seconds} s)${failure === null ? '' : `\n       ${failure}`}`,
    );
  }
  if (process.argv.includes('--screenshots')) {
    const folder = join(import.meta.dirname, '../../docs/screenshots');
    mkdirSync(folder, { recursive: true });
    await takeScreenshots(scene, folder);
  }
  await browser.close();
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  process.exitCode = counts.failed === 0 ? 0 : 1;
}
