import { describe, expect, it } from 'vitest';
import { readStorageEnvironment } from '../../../src/config/storage-environment.ts';

function configOf(env: Readonly<Record<string, string>>) {
  const { config, problems } = readStorageEnvironment(env);
  expect(problems).toEqual([]);
  return config;
}

describe('GCS', () => {
  it('has a key file and an emulator, whose scheme may be left out', () => {
    expect(configOf({ GOOGLE_APPLICATION_CREDENTIALS: '/k.json', STORAGE_EMULATOR_HOST: 'fake:4443' }).gcs).toEqual({
      keyFile: '/k.json',
      emulator: 'http://fake:4443',
    });
    expect(configOf({ STORAGE_EMULATOR_HOST: 'https://fake:4443/' }).gcs.emulator).toBe('https://fake:4443');
  });

  it('has an emulator without a user part, which is not repeated', () => {
    const { problems } = readStorageEnvironment({ STORAGE_EMULATOR_HOST: 'http://me:pass-word@fake:4443' });
    expect(problems).toEqual([expect.stringContaining('STORAGE_EMULATOR_HOST: expected')]);
    expect(problems.join()).not.toContain('pass-word');
  });
});

describe('Azure', () => {
  it('has all of its variables', () => {
    const { azure } = configOf({
      AZURE_STORAGE_ACCESS_KEY: 'a2V5',
      AZURE_ACCESS_TOKEN: 'ey.J',
      AZURE_ACCESS_EXPIRES_ON_SECONDS: '1700000000',
      AZURE_ACCOUNT_NAME: 'acc',
      AZURE_SERVICE_URL: 'http://azurite:10000/acc/',
      AZURE_CLIENT_ID: 'client',
      AZURE_CLIENT_SECRET: 'secret',
      AZURE_TENANT_ID: 'tenant',
      AZURE_SUBSCRIPTION_ID: 'unused',
      AZURE_FEDERATED_TOKEN_FILE: '/token',
      AZURE_AUTHORITY_HOST: 'login.microsoftonline.us',
    });
    expect(azure).toEqual({
      accountName: 'acc',
      accountKey: 'a2V5',
      accessToken: { token: 'ey.J', expiresOnMs: 1_700_000_000_000 },
      serviceUrl: 'http://azurite:10000/acc',
      clientId: 'client',
      clientSecret: 'secret',
      tenantId: 'tenant',
      federatedTokenFile: '/token',
      authorityHost: 'https://login.microsoftonline.us',
    });
  });

  it('is known by the older names of its service principal', () => {
    const older = { AZ_CLIENT_ID: 'c', AZ_CLIENT_SECRET: 's', AZ_TENANT_ID: 't' };
    expect(configOf(older).azure).toMatchObject({ clientId: 'c', clientSecret: 's', tenantId: 't' });
    expect(configOf({ ...older, AZURE_CLIENT_ID: 'new' }).azure.clientId).toBe('new');
  });

  it('has a token that never expires, when nobody says when', () => {
    expect(configOf({ AZURE_ACCESS_TOKEN: 't' }).azure.accessToken).toEqual({ token: 't', expiresOnMs: null });
  });
});

describe('Hugging Face', () => {
  it('has a token, by either name, and an endpoint', () => {
    expect(configOf({ HF_TOKEN: 'hf_a\n', HUGGING_FACE_HUB_TOKEN: 'hf_b' }).huggingFace.token).toBe('hf_a');
    expect(configOf({ HUGGING_FACE_HUB_TOKEN: 'hf_b' }).huggingFace.token).toBe('hf_b');
    expect(configOf({ HF_ENDPOINT: 'https://mirror/hub/' }).huggingFace).toMatchObject({
      endpoint: 'https://mirror/hub',
      endpointConfigured: true,
    });
  });
});
