import { describe, expect, it } from 'vitest';
import { readAzureHost } from '../../../src/azure-host.ts';
import { readModelUri } from '../../../src/storage/uri/read-model-uri.ts';

const host = 'acct.blob.core.windows.net';
const blob = { scheme: 'azure', account: 'acct', host, container: 'models', path: 'a/b', sas: null };

describe('a URI of Azure', () => {
  it.each([
    [`https://${host}/models/a/b`, blob],
    [`HTTPS://ACCT.Blob.core.windows.net/models/a/b/`, blob],
    [`http://${host}/models/a/b`, blob],
    [`https://${host}//models//a/b`, blob],
    [`https://${host}/models`, { ...blob, path: '' }],
    [`https://${host}/models/a/b?`, blob],
    [`https://${host}/models/a/b?sv=2024&sp=r&sig=x%3D`, { ...blob, sas: 'sv=2024&sp=r&sig=x%3D' }],
    [`https://${host}/models/a%20b%25/%C3%A9+c`, { ...blob, path: 'a b%/é+c' }],
    [`https://${host}/models/a%2Fb`, blob],
    [`https://${host}/models/a%3Fb%23c`, { ...blob, path: 'a?b#c' }],
    [`https://${host}/%24root/m`, { ...blob, container: '$root', path: 'm' }],
    [`https://${host}/$web/m`, { ...blob, container: '$web', path: 'm' }],
    ['https://acct.dfs.core.windows.net/models/a/b', blob],
    [
      'https://acct-secondary.blob.core.windows.net/models/a/b',
      { ...blob, host: 'acct-secondary.blob.core.windows.net' },
    ],
    ['https://acct.z01.blob.storage.azure.net/models/a/b', { ...blob, host: 'acct.z01.blob.storage.azure.net' }],
    ['https://acct.blob.core.chinacloudapi.cn/models/a/b', { ...blob, host: 'acct.blob.core.chinacloudapi.cn' }],
    ['https://acct.blob.core.usgovcloudapi.net/models/a/b', { ...blob, host: 'acct.blob.core.usgovcloudapi.net' }],
    ['abfs://models@acct.dfs.core.windows.net/a/b', blob],
    ['abfss://models@acct.dfs.core.windows.net/a/b?sv=1&sig=x', { ...blob, sas: 'sv=1&sig=x' }],
    ['abfss://models@acct.dfs.core.windows.net', { ...blob, path: '' }],
    ['abfss://models@acct.blob.core.windows.net/a%2Fb', blob],
    ['abfss://models@acct.z10.dfs.storage.azure.net/a/b', { ...blob, host: 'acct.z10.blob.storage.azure.net' }],
  ])('%s', (text, uri) => {
    expect(readModelUri(text)).toEqual(uri);
  });

  it.each([
    ...[
      `https://${host}`,
      `https://${host}/`,
      `https://${host}/?sig=x`,
      `https://${host}/Models/x`,
      `https://${host}/a/x`,
    ],
    ...[
      `https://${host}/a--b/x`,
      `https://${host}/-ab/x`,
      `https://${host}/m.bin`,
      `https://${host}/${'a'.repeat(64)}/x`,
    ],
    ...[`https://${host}/models/../x`, `https://${host}/models/%2e%2e/x`, `https://${host}/models/a%2f..%2f..%2fx`],
    ...[
      `https://${host}/%2e%2e/x`,
      `https://${host}/..%2fmodels/x`,
      `https://${host}/models/a%5c..%5cx`,
      `https://${host}/models/%00`,
    ],
    ...[
      `https://${host}/models/100%`,
      `https://${host}/models/%ff`,
      `https://${host}/models/x#y`,
      `https://${host}/models\\x`,
    ],
    ...[`https://${host}/models/x?sv=2024`, `https://${host}/models/x?sig=`, `https://${host}/models/x?snapshot=1`],
    ...[`https://u:p@${host}/models/x`, `https://${host}:8443/models/x`],
    ...[
      'abfss://models/a',
      'abfss://models@host/a',
      'abfss://acct.dfs.core.windows.net/models/a',
      `abfss://@${host}/a`,
    ],
    ...[
      `abfss://c:p@${host}/a`,
      `abfss://models@${host}:443/a`,
      `abfss://models@${host}/../a`,
      `abfss://models@${host}/a#b`,
    ],
    ...['abfss://', 'abfs:///a', `abfss://Models@${host}/a`, `abfss://models@${host}/a?sv=1`],
  ])('%s is refused', (text) => {
    expect(() => readModelUri(text)).toThrow(expect.objectContaining({ code: 'MODEL_URI_INVALID' }));
  });
});

it.each([
  ...[
    'blob.core.windows.net',
    'a.b.blob.core.windows.net',
    'acct.queue.core.windows.net',
    'acct.file.core.windows.net',
  ],
  ...[
    'acct.blob.storage.azure.net',
    'acct.z1.blob.core.windows.net',
    'acct.z100.blob.storage.azure.net',
    'evil-blob.core.windows.net',
  ],
  ...[
    'acct.blob.core.windows.net.evil',
    'acctXblob.core.windows.net',
    'ab.blob.core.windows.net',
    `${'a'.repeat(25)}.blob.core.windows.net`,
  ],
])('%s is no host of a storage account', (name) => {
  expect(readAzureHost(name)).toBeNull();
});
