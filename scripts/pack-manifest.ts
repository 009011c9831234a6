// How `npm pack` gets another package.json than the checkout: prepack builds and swaps it in, postpack swaps it back.
//
// The original lies in .package.json.keep meanwhile. npm skips postpack when packing fails or is interrupted, and the swapped
// manifest has no scripts: `node scripts/pack-manifest.ts restore` puts the original back, as the next `write` does.
// `npm publish` of the folder would read package.json again after postpack and register the checkout's dependencies, so
// prepublishOnly refuses it: publish the tarball.

import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildPackage } from './build.ts';
import { publishedManifest } from './published-manifest.ts';

const root = join(import.meta.dirname, '..');
const manifestPath = join(root, 'package.json');
const keepPath = join(root, '.package.json.keep');

function publishedText(originalPath: string): string {
  return `${JSON.stringify(publishedManifest(JSON.parse(readFileSync(originalPath, 'utf8'))), null, 2)}\n`;
}

/** Harmless when nothing is kept. @throws when package.json was edited since: nobody's edit is thrown away. */
function restore(): void {
  if (!existsSync(keepPath)) return;
  const current = readFileSync(manifestPath, 'utf8');
  if (current === readFileSync(keepPath, 'utf8')) {
    rmSync(keepPath); // cut short between the link and the swap; renaming a file over itself would do nothing
  } else if (current === publishedText(keepPath)) {
    renameSync(keepPath, manifestPath);
  } else {
    throw new Error('package.json changed while .package.json.keep held the original: keep one, delete the other');
  }
}

/** At every moment package.json exists and is whole: the original stays linked until the new text takes its name. */
async function write(): Promise<void> {
  restore();
  await buildPackage(root);
  linkSync(manifestPath, keepPath); // fails when another pack is at work
  const staged = `${manifestPath}.${process.pid}`;
  writeFileSync(staged, publishedText(keepPath));
  renameSync(staged, manifestPath);
}

const [verb] = process.argv.slice(2);
if (verb === 'write') await write();
else if (verb === 'restore') restore();
else {
  process.stderr.write(
    'usage: node scripts/pack-manifest.ts write|restore\nto publish: npm pack && npm publish <tarball>\n',
  );
  process.exitCode = 64;
}
