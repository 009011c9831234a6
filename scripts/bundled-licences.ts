// Whose code is in the package, and under which licence text? MIT and its like ask that the text goes with the copy.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const PACKAGE_FOLDER = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;
const LICENCE_FILE = /^(licen[cs]e|notice|copying)(\.|$)/i;

/** One section for each package that at least one of the files is of, by name. Their paths start at root. */
export async function bundledLicences(root: string, files: readonly string[]): Promise<string> {
  const folders = new Set(files.flatMap((path) => PACKAGE_FOLDER.exec(path)?.[1] ?? []));
  const sections = await Promise.all([...folders].map((folder) => licenceSection(join(root, folder))));
  return [...new Set(sections)].sort().join('\n\n');
}

async function licenceSection(folder: string): Promise<string> {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const files = (await readdir(folder)).filter((file) => LICENCE_FILE.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  return [`${name} ${version} (${license})`, ...texts].map((text) => text.trim()).join('\n\n');
}
