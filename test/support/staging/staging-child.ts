// A process that pulls a scripted model: argv is the target folder, the spec and its objects as JSON, and how many lines it lives.
import { writeSync } from 'node:fs';
import { openStaging } from '../../../src/storage/folder/open-staging.ts';
import type { StoredObject } from '../../../src/storage/object-store.ts';
import { fetchInto } from './scripted-model.ts';

const [target = '', spec = '{}', keys = '[]', lines = 'Infinity'] = process.argv.slice(2);
const life = { linesLeft: Number(lines) };

/** At once: what was said before a kill is read after it. */
function say(line: string): void {
  writeSync(1, `${line}\n`);
  life.linesLeft -= 1;
  if (life.linesLeft === 0) process.kill(process.pid, 'SIGKILL');
}

await using staging = await openStaging({ target, spec: JSON.parse(spec) });
for (const object of JSON.parse(keys) as StoredObject[]) {
  const staged = await staging.open({ path: object.key, object });
  if (staged !== null) await fetchInto(staged, object, (word) => say(`${object.key} ${word}`));
}
say('publishing');
await staging.publish();
say('published');
