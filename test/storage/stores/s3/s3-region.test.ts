import { describe, expect, it } from 'vitest';
import { S3Server, type S3ServerOptions } from '../../../support/stores/s3-server.ts';
import { openTestS3, send } from '../../../support/stores/s3-stores.ts';
import { listObjects } from '../../../support/stores/store-settings.ts';

describe.each([
  ['a redirect with a header', 'PermanentRedirect'],
  ['a refusal that names it in its body', 'AuthorizationHeaderMalformed'],
] as const)('a region that is told by %s', (_how, wrongRegion) => {
  const options: S3ServerOptions = { region: 'eu-north-1', wrongRegion };

  it.each([
    ['none was configured', null, ''],
    ['another one was', 'us-west-2', 'm'],
    ['the path is an object, which is looked at first', null, 'm/a'],
  ])('is learnt when %s, and kept', async (_when, region, path) => {
    await using server = await S3Server.start(options);
    server.put('models', 'm/a', 'one');
    await using store = await openTestS3({ url: server.url, path, config: { region } });
    const [object] = await listObjects(store);
    expect(object).toMatchObject({ key: 'm/a' });
    expect((await send(await store.rangeRequest(object!, null))).status).toBe(200);
    expect(server.asked().filter((request) => request === 'GET m/a')).toHaveLength(1);
  });

  it('is learnt by a look alone', async () => {
    await using server = await S3Server.start(options);
    server.put('models', 'a', 'one');
    await using store = await openTestS3({ url: server.url, config: { region: null } });
    expect(await store.look('a', new AbortController().signal)).toMatchObject({ bytes: 3 });
  });
});

it('a store that sends from region to region is given up', async () => {
  const alter: S3ServerOptions['alter'] = ({ headers }, answer) => {
    const region = headers.get('authorization')?.includes('/eu-a/') ? 'eu-b' : 'eu-a';
    return { ...answer, status: 301, headers: { 'x-amz-bucket-region': region } };
  };
  await using server = await S3Server.start({ alter });
  await using store = await openTestS3({ url: server.url });
  await expect(listObjects(store)).rejects.toMatchObject({ code: 'STORE_FAILED' });
  expect(server.requests.length).toBeLessThan(4);
});
