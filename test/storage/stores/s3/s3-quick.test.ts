import { describe, expect, it } from 'vitest';
import { openHttpClient } from '../../../../src/storage/http/open-http-client.ts';
import { type Alter, S3Server, type S3ServerOptions } from '../../../support/stores/s3-server.ts';
import { openTestS3 } from '../../../support/stores/s3-stores.ts';
import { listObjects, storeSettings } from '../../../support/stores/store-settings.ts';

const http = openHttpClient({ ...storeSettings, allowAddresses: [] });
const odd = ['m/a b+c%20&d', 'm/ctl\u0001', 'm/lead/ x ', "m/q'(*)!?#", 'm/ü/€', 'm/a//b', 'm/<&amp;>'];

/** Keys below `m`, and whose words the requests were: ours, or the official client's. */
async function list(keys: readonly string[], options: S3ServerOptions = {}) {
  await using server = await S3Server.start(options);
  for (const key of keys) server.put('models', key, key);
  await using store = await openTestS3({ url: server.url, path: 'm', http });
  const found = (await listObjects(store)).map(({ key }) => key);
  const lists = server.requests.filter(({ query }) => query.has('list-type'));
  return { found, askers: lists.map(({ headers }) => headers.get('user-agent')?.split('/')[0]) };
}

describe('our own client lists', () => {
  it('what the official one would, whatever is in the keys, with signatures that count', async () => {
    const { found, askers } = await list(odd);
    expect(found.toSorted()).toEqual(odd.toSorted());
    expect(askers).toEqual(['outrigger']);
  });

  it('page by page', async () => {
    const keys = Array.from({ length: 23 }, (_, at) => `m/${String(at).padStart(3, '0')}`);
    const { found, askers } = await list(keys, { pageKeys: 5 });
    expect(found).toEqual(keys);
    expect(askers).toEqual(Array.from({ length: 5 }, () => 'outrigger'));
  });
});

describe('the official client is asked instead', () => {
  const once = (change: (body: string) => { status?: number; body?: Buffer }): Alter => {
    let left = 1;
    return ({ query }, answer) => {
      if (!query.has('list-type') || left === 0) return answer;
      left -= 1;
      return { ...answer, ...change(String(answer.body)) };
    };
  };

  it.each([
    ['fails', once(() => ({ status: 503 }))],
    [
      'is XML that takes a whole parser',
      once((xml) => ({ body: Buffer.from(xml.replace('<Key>', '<!-- k --><Key>')) })),
    ],
  ])('when the first answer %s', async (_what, alter) => {
    const { found, askers } = await list(['m/a'], { alter });
    expect(found).toEqual(['m/a']);
    expect(askers).toEqual(['outrigger', 'aws-sdk-js']);
  });

  it('in whose words a refusal is told', async () => {
    const refused = list(['m/a'], { accounts: [] });
    await expect(refused).rejects.toMatchObject({ code: 'STORE_DENIED', message: expect.stringMatching(/ACCESS_KEY/) });
  });
});
