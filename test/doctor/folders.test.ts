import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkFolder, type OwnFolder } from '../../src/doctor/folders.ts';
import { examined, linesOf } from '../support/doctor/examined.ts';

const folder = mkdtempSync(join(tmpdir(), 'doctor-folders-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'file'), 'x');
mkdirSync(join(folder, 'empty'));

async function check(path: string, needBytes: number | null = null) {
  const own: OwnFolder = { group: 'Models', what: 'models', flag: '--model-dir', path, needBytes };
  const [finding] = await checkFolder(own);
  return finding;
}

describe('a folder that the agent writes to', () => {
  it('that is writable is well, and nothing is left in it', async () => {
    expect(await check(join(folder, 'empty'))).toMatchObject({ level: 'ok' });
    expect(readdirSync(join(folder, 'empty'))).toEqual([]);
  });

  it('that is not there yet will be made', async () => {
    expect(await check(join(folder, 'new', 'deeper'))).toMatchObject({ level: 'note' });
    expect(readdirSync(folder).sort()).toEqual(['empty', 'file']);
  });

  it.each([
    ['is a file', 'file', 'is a file'],
    ['stands below a file', 'file/models', 'below a file'],
  ])('that %s is a problem with the flag', async (_, path, said) => {
    const finding = await check(join(folder, path));
    expect(finding).toMatchObject({ level: 'problem', remedy: expect.stringContaining('--model-dir') });
    expect(finding?.text).toContain(said);
  });

  it('where nobody may write is a problem, whoever asks', async () => {
    expect(await check('/proc')).toMatchObject({ level: 'problem' }); // for root, too
  });

  it('with less room than its files may take is warned of', async () => {
    expect(await check(folder, Number.MAX_SAFE_INTEGER)).toMatchObject({ level: 'warning' });
    expect(await check(folder, 1)).toMatchObject({ level: 'ok' });
  });

  it('is each one that the flags name', async () => {
    const flags = ['--enable-puller', '--model-dir', join(folder, 'empty'), '--log-url', 'http://127.0.0.1:1'];
    const spool = ['--log-spool-dir', join(folder, 'file'), '--log-dead-letter-dir', join(folder, 'empty')];
    const lines = await linesOf(examined({ componentPort: 1, flags: [...flags, ...spool] }, 'Models', 'Events'));
    const about = lines.filter((line) => line.includes('the folder of'));
    expect(about).toEqual([
      expect.stringMatching(/^ok the folder of models/),
      expect.stringMatching(/^problem the folder of the spool.*--log-spool-dir/),
      expect.stringMatching(/^ok the folder of dead letters/),
    ]);
  });
});
