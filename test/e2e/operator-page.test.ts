// Does the built agent show its page to a browser, whole, and its text to everybody else?
import { expect, it } from 'vitest';
import { freePort } from '../support/free-ports.ts';
import { builtProgram } from './support/built-program.ts';
import { serve } from './support/served-agent.ts';

const accept = 'text/html,application/xhtml+xml,*/*;q=0.8';

/** What a document, a script or a style sheet asks for next; types in comments are tsc's. */
function namedIn(text: string, base: string): string[] {
  const named = text
    .replaceAll(/\/\*.*?\*\//gs, '')
    .matchAll(
      /(?:\b(?:src|href)=|\bfrom\s*|\bimport\s*\(?\s*|\burl\(\s*)["'](?<to>(?:https?:|\.{0,2}\/)[^"'\s]*)["']/g,
    );
  return [...named].map(({ groups }) => new URL(groups?.to as string, base)).map(({ href }) => href);
}

it('the page and all that it names come from the agent itself, with a policy that lets nothing else run', async () => {
  const opsPort = await freePort();
  await serve({ program: await builtProgram() }, ['--metrics-host', '127.0.0.1', '--metrics-port', String(opsPort)]);
  const root = `http://127.0.0.1:${opsPort}/`;
  const seen = new Set([root]);
  for (const url of seen) {
    expect(url.startsWith(root), url).toBe(true);
    const answer = await fetch(url, { headers: { accept } });
    const text = await answer.text();
    expect([url, answer.status]).toEqual([url, 200]);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    for (const next of namedIn(text, url)) seen.add(next);
  }
  for (const name of ['uplot.js', 'uplot.css', 'main.js']) expect(seen).toContain(`${root}page/${name}`);
  const plain = await fetch(root);
  expect(plain.headers.get('content-type')).toContain('text/plain');
  expect(await plain.text()).toContain('/status');
});
