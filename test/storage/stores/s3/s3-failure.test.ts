import { describe, expect, it } from 'vitest';
import { OutriggerError } from '../../../../src/errors.ts';
import { s3Failure } from '../../../../src/storage/stores/s3/s3-failure.ts';
import { errorAnswer } from '../../../support/stores/s3-answers.ts';
import { S3Server, testAccount } from '../../../support/stores/s3-server.ts';
import { openTestS3 } from '../../../support/stores/s3-stores.ts';
import { listObjects } from '../../../support/stores/store-settings.ts';

const failureOf = (listing: Promise<unknown>): Promise<OutriggerError> =>
  listing.then(
    () => Promise.reject(new Error('it worked')),
    (error: OutriggerError) => error,
  );

async function refusedWith(status: number, code: string, path = 'm/'): Promise<OutriggerError> {
  await using server = await S3Server.start({ alter: () => errorAnswer(status, code) });
  await using store = await openTestS3({ url: server.url, path, config: { transfer: { maxAttempts: 1 } } });
  return await failureOf(listObjects(store));
}

describe('a refusal of S3', () => {
  it.each([
    [403, 'AccessDenied', 'STORE_DENIED'],
    [403, 'InvalidAccessKeyId', 'STORE_DENIED'],
    [403, 'SignatureDoesNotMatch', 'STORE_DENIED'],
    [400, 'ExpiredToken', 'STORE_DENIED'],
    [400, 'InvalidToken', 'STORE_DENIED'],
    [403, 'RequestTimeTooSkewed', 'STORE_DENIED'],
    [401, 'Whatever', 'STORE_DENIED'],
    [404, 'XAdminUserNotFound', 'STORE_DENIED'],
    [404, 'NoSuchBucket', 'MODEL_NOT_FOUND'],
    [400, 'InvalidBucketName', 'MODEL_URI_INVALID'],
    [500, 'InternalError', 'STORE_FAILED'],
    [503, 'SlowDown', 'STORE_FAILED'],
    [400, 'AuthorizationHeaderMalformed', 'STORE_DENIED'],
    [301, 'PermanentRedirect', 'STORE_FAILED'],
  ])('%i %s is %s, and names bucket and path', async (status, said, code) => {
    const error = await refusedWith(status, said);
    expect(error.code).toBe(code);
    expect(error.message).toContain('s3://models/m/');
    expect(error.message).toContain(said);
  });

  it('to look at an object, which has no words, is told in those of the list', async () => {
    const error = await refusedWith(400, 'ExpiredToken', 'm');
    expect(error).toMatchObject({ code: 'STORE_DENIED', message: expect.stringContaining('ExpiredToken') });
  });

  it('of nobody does not advise to be nobody', async () => {
    await using server = await S3Server.start({ alter: () => errorAnswer(403, 'AccessDenied') });
    await using store = await openTestS3({ url: server.url, config: { anonymous: true } });
    const { code, message } = await failureOf(listObjects(store));
    expect(code).toBe('STORE_DENIED');
    expect(message).toContain('set AWS_ACCESS_KEY_ID');
    expect(message).not.toContain('awsAnonymousCredential=true');
  });

  it('that is a sentence goes on in ours', async () => {
    const text = '<Error><Code>AccessDenied</Code><Message>Access Denied.</Message></Error>';
    await using server = await S3Server.start({
      alter: () => ({ status: 403, headers: { 'content-type': 'application/xml' }, body: Buffer.from(text) }),
    });
    await using store = await openTestS3({ url: server.url });
    expect((await failureOf(listObjects(store))).message).toContain('AccessDenied: Access Denied; ');
  });

  it('that is no XML is one all the same', async () => {
    await using server = await S3Server.start({
      alter: () => ({ status: 403, headers: { 'content-type': 'text/html' }, body: Buffer.from('<html><p>no') }),
    });
    await using store = await openTestS3({ url: server.url });
    expect((await failureOf(listObjects(store))).code).toMatch(/^STORE_/);
  });

  it('never shows what was signed with, though the store repeats it', async () => {
    await using server = await S3Server.start({
      accounts: [{ ...testAccount, sessionToken: 'token-abc' }],
      alter: ({ headers }) => {
        const said = `<Signed>${headers.get('authorization')} ${headers.get('x-amz-security-token')}</Signed>`;
        const message = `Authorization: ${headers.get('authorization')}`;
        const answer = errorAnswer(403, 'SignatureDoesNotMatch', { inside: said });
        return {
          ...answer,
          body: Buffer.from(answer.body.toString().replace('SignatureDoesNotMatch it is.', message)),
        };
      },
    });
    const credentials = { ...testAccount, sessionToken: 'token-abc' };
    await using store = await openTestS3({ url: server.url, config: { credentials } });
    const error = await failureOf(listObjects(store));
    const shown = JSON.stringify([error.message, error.stack, error.cause]);
    for (const secret of [/Signature=/, /token-abc/, new RegExp(testAccount.accessKeyId)])
      expect(shown).not.toMatch(secret);
  });
});

describe('no answer', () => {
  it('of anybody is STORE_UNREACHABLE and names the endpoint', async () => {
    await using store = await openTestS3({ url: 'http://127.0.0.1:1' });
    const error = await failureOf(listObjects(store));
    expect(error).toMatchObject({ code: 'STORE_UNREACHABLE', message: expect.stringContaining('127.0.0.1:1') });
  });

  it('in TLS is said in plain words', async () => {
    await using server = await S3Server.start({});
    await using store = await openTestS3({ url: server.url.replace('http:', 'https:') });
    expect((await failureOf(listObjects(store))).message).toContain('speaks no TLS');
  });

  it('for too long is STORE_UNREACHABLE', async () => {
    await using server = await S3Server.start({ alter: () => null });
    await using store = await openTestS3({
      url: server.url,
      config: { transfer: { idleTimeoutMs: 50, maxAttempts: 2 } },
    });
    expect((await failureOf(listObjects(store))).code).toBe('STORE_UNREACHABLE');
    expect(server.requests).toHaveLength(2);
  });

  it('is awaited no longer than the caller wants', async () => {
    const caller = new AbortController();
    await using server = await S3Server.start({
      alter: () => {
        caller.abort(new OutriggerError('PULL_CANCELLED', 'enough'));
        return null;
      },
    });
    await using store = await openTestS3({ url: server.url });
    expect((await failureOf(listObjects(store, caller.signal))).code).toBe('PULL_CANCELLED');
  });
});

it('an error of ours stays what it is', () => {
  const error = new OutriggerError('UNSAFE_PATH', 'no');
  expect(s3Failure('list', error, { bucket: 'b', key: null, endpoint: null })).toBe(error);
});
