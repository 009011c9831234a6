import { describe, expect, it } from 'vitest';
import { openHuggingFaceStore } from '../../../../src/storage/stores/hugging-face/hugging-face-store.ts';
import {
  gitBlob,
  type HubModel,
  type HubServers,
  hubServers,
  sha256,
} from '../../../support/stores/hugging-face-server.ts';
import { closedAfterwards, fetched, impatient, realClient } from '../../../support/stores/store-reading.ts';
import { listObjects } from '../../../support/stores/store-settings.ts';
import { webServer } from '../../../support/stores/web-server.ts';

const commit = 'a'.repeat(40);
const base: HubModel = {
  model: 'acme/tiny',
  revisions: { main: commit, 'refs/pr/1': 'b'.repeat(40) },
  files: {
    'config.json': { text: '{"a": 1}' },
    'weights/model.safetensors': { text: 'many bytes', lfs: true },
    'a b/ü#?.txt': { text: 'odd name' },
    empty: { text: '' },
  },
};

interface Asked {
  readonly token?: string;
  readonly revision?: string;
  readonly model?: string;
}

function open(origin: string, { token, revision = 'main', model = 'acme/tiny' }: Asked = {}) {
  const config = { endpoint: origin, endpointConfigured: true, token: token ?? null };
  const uri = { scheme: 'hf', model, revision, path: '' } as const;
  return closedAfterwards(openHuggingFaceStore({ uri, config, http: realClient(), transfer: impatient }));
}

async function ready(changes: Partial<HubModel> = {}, asked: Asked = {}) {
  const servers = await hubServers({ ...base, ...changes });
  return { ...servers, store: open(servers.hub.origin, asked) };
}

const asked = (servers: Pick<HubServers, 'hub'>): string[] =>
  servers.hub.asked.map(({ method, url }) => `${method} ${url}`);
const base64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');

describe('a model of the hub', () => {
  it('is the files of one commit, each with the checksum of its content', async () => {
    const { store } = await ready();
    const objects = await listObjects(store);
    expect(objects.map(({ key, bytes, version, checksums }) => [key, bytes, version, checksums])).toEqual([
      ['a b/ü#?.txt', 8, gitBlob('odd name'), { gitBlob: base64(gitBlob('odd name')) }],
      ['config.json', 8, gitBlob('{"a": 1}'), { gitBlob: base64(gitBlob('{"a": 1}')) }],
      ['empty', 0, gitBlob(''), { gitBlob: base64(gitBlob('')) }],
      ['weights/model.safetensors', 10, sha256('many bytes'), { sha256: base64(sha256('many bytes')) }],
    ]);
  });

  it('may be of another revision', async () => {
    const { store, hub } = await ready({}, { revision: 'refs/pr/1' });
    await listObjects(store);
    expect(asked({ hub })).toEqual([
      'GET /api/models/acme/tiny/revision/refs%2Fpr%2F1',
      `GET /api/models/acme/tiny/tree/${'b'.repeat(40)}?recursive=true&expand=false`,
    ]);
  });

  it.each([undefined, 'https://huggingface.co'])(
    'is listed page by page, whatever host the links name (%s)',
    async (linkOrigin) => {
      const files = Object.fromEntries(Array.from({ length: 7 }, (_, n) => [`f${n}`, { text: `${n}` }]));
      const { store } = await ready(
        { files, pageFiles: 3, token: 'hf_x', ...(linkOrigin && { linkOrigin }) },
        { token: 'hf_x' },
      );
      const sizes: number[] = [];
      for await (const page of store.list(AbortSignal.timeout(5_000))) sizes.push(page.length);
      expect(sizes).toEqual([3, 3, 1]);
    },
  );

  it('of a mirror below a path is asked for there', async () => {
    const mirror = await webServer((_, response) => response.end(JSON.stringify({ sha: commit })));
    await expect(listObjects(open(`${mirror.origin}/hub`))).rejects.toMatchObject({ code: 'STORE_FAILED' });
    expect(mirror.asked.map(({ url }) => url?.split('?')[0])).toEqual([
      '/hub/api/models/acme/tiny/revision/main',
      `/hub/api/models/acme/tiny/tree/${commit}`,
    ]);
  });
});

describe('the bytes of a file', () => {
  it('come from the hub, and large ones from its CDN, which never sees the token', async () => {
    const { store, hub, cdn } = await ready({ token: 'hf_x' }, { token: 'hf_x' });
    for (const object of await listObjects(store)) {
      const range = object.key.endsWith('tensors') ? { first: 5, last: 9 } : null;
      const { text, request } = await fetched(store, object, range);
      expect(text).toBe(range === null ? base.files[object.key]?.text : 'bytes');
      expect(store.readDetails(object, new Map([['etag', '"of the CDN"']]))).toEqual(object);
      expect(request.url.host).toBe(range === null ? hub.host : cdn.host);
    }
    expect(hub.asked.every(({ headers }) => headers.authorization === 'Bearer hf_x')).toBe(true);
    expect(cdn.asked.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  it('are looked for once, and anew when the signed URL has expired', async () => {
    const { store, hub, cdn, expire } = await ready();
    const file = (await listObjects(store)).find(({ key }) => key.endsWith('tensors'))!;
    const head = `HEAD /acme/tiny/resolve/${commit}/weights/model.safetensors`;
    await Promise.all([0, 1, 2].map((at) => fetched(store, file, { first: at, last: at })));
    expect(asked({ hub }).filter((line) => line === head).length).toBe(1);
    expect(cdn.asked.length).toBe(3);
    expire();
    expect((await fetched(store, file)).head.status).toBe(403);
    expect(store.renew(file)).toBe(true);
    expect((await fetched(store, file)).text).toBe('many bytes');
    expect(asked({ hub }).filter((line) => line === head).length).toBe(2);
  });

  it('are found behind a second redirect once the first was refused', async () => {
    const servers = await hubServers(base);
    const mirror = await webServer((request, response) => {
      if (request.url?.startsWith('/api'))
        response.writeHead(307, { location: `${servers.hub.origin}${request.url}` }).end();
      else response.writeHead(308, { location: `${servers.hub.origin}${request.url}` }).end();
    });
    const store = open(mirror.origin);
    const file = (await listObjects(store)).find(({ key }) => key.endsWith('tensors'))!;
    expect((await fetched(store, file)).head.status).toBe(302);
    store.renew(file);
    expect((await fetched(store, file)).text).toBe('many bytes');
  });
});

it('a mirror that knows no HEAD is asked for the first byte', async () => {
  const { hub } = await hubServers(base);
  const mirror = await webServer((request, response) => {
    if (request.method === 'HEAD') response.writeHead(405).end();
    else response.writeHead(307, { location: `${hub.origin}${request.url}` }).end();
  });
  const store = open(mirror.origin);
  const file = (await listObjects(store)).find(({ key }) => key.endsWith('tensors'))!;
  expect((await fetched(store, file)).text).toBe('many bytes');
});

describe('a refusal of the hub', () => {
  it.each<[string, Partial<HubModel>, Asked, string, string]>([
    ['a model that is not there', {}, { model: 'acme/none' }, 'MODEL_NOT_FOUND', 'acme/none'],
    ['a revision that is not there', {}, { revision: 'v9' }, 'MODEL_NOT_FOUND', '"v9"'],
    ['a private model without a token', { token: 'hf_x' }, {}, 'MODEL_NOT_FOUND', 'HF_TOKEN'],
    ['a private model with a wrong token', { token: 'hf_x' }, { token: 'hf_wrong' }, 'MODEL_NOT_FOUND', 'HF_TOKEN'],
  ])('of %s', async (_what, changes, who, code, word) => {
    const { store } = await ready(changes, who);
    const failure = (await listObjects(store).catch((error: unknown) => error)) as Error;
    expect(failure).toMatchObject({ code, message: expect.stringContaining(word) });
    expect(failure.message).not.toMatch(/secret words|hf_wrong/);
  });

  it('of a gated model is told when its bytes are asked for, since anybody may list it', async () => {
    const { store } = await ready({ token: 'hf_x', gated: true });
    const [object] = await listObjects(store);
    await expect(store.rangeRequest(object!, null)).rejects.toMatchObject({
      code: 'STORE_DENIED',
      message: expect.stringMatching(/gated.*HF_TOKEN/),
    });
  });

  it.each([
    [401, 'STORE_DENIED'],
    [403, 'STORE_DENIED'],
    [404, 'MODEL_NOT_FOUND'],
    [500, 'STORE_FAILED'],
  ])('%i without more words is %s', async (status, code) => {
    const server = await webServer((_, response) => response.writeHead(status).end());
    await expect(listObjects(open(server.origin))).rejects.toMatchObject({ code });
  });

  it.each(['', '{', '{"sha": "main"}', '[]', '{"sha": 1}'])('%j is no revision', async (text) => {
    const server = await webServer((_, response) => response.end(text));
    await expect(listObjects(open(server.origin))).rejects.toMatchObject({ code: 'STORE_FAILED' });
  });

  it('for a moment is asked about again', async () => {
    const { hub } = await hubServers(base);
    let refusals = 2;
    const busy = await webServer((request, response) => {
      if (refusals-- > 0) response.writeHead(429).end();
      else response.writeHead(307, { location: `${hub.origin}${request.url}` }).end();
    });
    expect((await listObjects(open(busy.origin))).length).toBe(4);
  });
});

it('a list whose pages lead back to themselves is not read for ever', async () => {
  const server = await webServer((request, response) => {
    if (request.url?.includes('/revision/')) response.end(JSON.stringify({ sha: commit }));
    else response.writeHead(200, { link: `<http://x${request.url}>; rel="next"` }).end('[]');
  });
  await expect(listObjects(open(server.origin))).rejects.toMatchObject({ code: 'STORE_FAILED' });
});

it('the hub itself is public, an endpoint that was configured may be anywhere', () => {
  const config = { endpoint: 'https://huggingface.co', endpointConfigured: false, token: null };
  const uri = { scheme: 'hf', model: 'a/b', revision: 'main', path: '' } as const;
  expect(openHuggingFaceStore({ uri, config, http: realClient(), transfer: impatient }).reach).toBe('public');
  expect(open('https://mirror.example').reach).toBe('anywhere');
});
