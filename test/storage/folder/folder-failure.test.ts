// What a file system refuses becomes a code that says what to do.
import { expect, it } from 'vitest';
import { OutriggerError } from '../../../src/errors.ts';
import { asFolderFailure, inFolder } from '../../../src/storage/folder/folder-failure.ts';

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: it failed`), { code, syscall: 'write' });
}

it.each([
  ['ENOSPC', 'DISK_FULL'],
  ['EDQUOT', 'DISK_FULL'],
  ['EROFS', 'FOLDER_UNUSABLE'],
  ['EACCES', 'FOLDER_UNUSABLE'],
  ['EIO', 'FOLDER_UNUSABLE'],
])('%s is %s, with the path and the cause', (code, expected) => {
  const cause = systemError(code);
  const refuse = (): never => {
    throw cause;
  };
  expect(() => inFolder('/models/a', refuse)).toThrow(expect.objectContaining({ code: expected, cause }));
  expect(() => inFolder('/models/a', refuse)).toThrow(/^\/models\/a: E/);
});

it('whoever may not write is told who that is', () => {
  expect(asFolderFailure(systemError('EACCES'), '/models')).toMatchObject({
    message: expect.stringContaining(`(uid ${process.getuid?.()})`),
  });
});

it('other errors stay what they are', () => {
  for (const error of [new TypeError('ours'), new OutriggerError('DISK_FULL', 'said already')]) {
    expect(asFolderFailure(error, '/models')).toBe(error);
  }
});
