// GCS, Azure Blob and Hugging Face: their variables, as KServe's credential builder and the official clients name them.
import type { AzureConfig, GcsConfig, HuggingFaceConfig } from '../storage-config.ts';
import { integer, url } from '../values.ts';
import { GCS_KEY, readJson } from './storage-spec.ts';
import { token, type Variables } from './variables.ts';

const HUGGING_FACE = 'https://huggingface.co';
const webUrl = url(['http', 'https']);

export function readGcs(variables: Variables): GcsConfig {
  const keyJson = readInlineKey(variables);
  return {
    keyFile: variables.text('GOOGLE_APPLICATION_CREDENTIALS'),
    emulator: readHost(variables, { name: 'STORAGE_EMULATOR_HOST', scheme: 'http' }),
    ...(keyJson === null ? {} : { keyJson }),
  };
}

/** `base64_service_account` of a storage spec of type gs. */
function readInlineKey(variables: Variables): string | null {
  const text = variables.text(GCS_KEY);
  if (text === null) return null;
  const json = Buffer.from(text, 'base64').toString('utf8');
  const key = readJson(json);
  if (typeof key === 'object' && key !== null && !Array.isArray(key)) return json;
  variables.refuse(GCS_KEY, { expected: 'the JSON of a service account in base64', got: 'something else (not shown)' });
  return null;
}

const base64 = { pattern: /^[A-Za-z0-9+/]+={0,2}$/, expected: 'the base64 of an account key' };

/** The AZ_ names are those of KServe's older secrets. AZURE_SUBSCRIPTION_ID is of no use for blobs and not read. */
export function readAzure(variables: Variables): AzureConfig {
  const identity = (name: string): string | null => variables.first(`AZURE_${name}`, `AZ_${name}`)?.text ?? null;
  return {
    accountName: variables.text('AZURE_ACCOUNT_NAME'),
    accountKey: variables.readSecret('AZURE_STORAGE_ACCESS_KEY', base64),
    accessToken: readAccessToken(variables),
    serviceUrl: variables.read('AZURE_SERVICE_URL', webUrl)?.replace(/\/+$/, '') ?? null,
    clientId: identity('CLIENT_ID'),
    clientSecret: identity('CLIENT_SECRET'),
    tenantId: identity('TENANT_ID'),
    federatedTokenFile: variables.text('AZURE_FEDERATED_TOKEN_FILE'),
    authorityHost: readHost(variables, { name: 'AZURE_AUTHORITY_HOST', scheme: 'https' }),
  };
}

function readAccessToken(variables: Variables): AzureConfig['accessToken'] {
  const expiresOnS = variables.read('AZURE_ACCESS_EXPIRES_ON_SECONDS', integer({ min: 0, unit: 'seconds since 1970' }));
  const accessToken = variables.readSecret('AZURE_ACCESS_TOKEN', token);
  if (accessToken === null) return null;
  return { token: accessToken, expiresOnMs: expiresOnS === null ? null : expiresOnS * 1_000 };
}

export function readHuggingFace(variables: Variables): HuggingFaceConfig {
  const endpoint = variables.read('HF_ENDPOINT', webUrl);
  return {
    endpoint: endpoint?.replace(/\/+$/, '') ?? HUGGING_FACE,
    endpointConfigured: endpoint !== null,
    token: variables.readSecret(variables.text('HF_TOKEN') === null ? 'HUGGING_FACE_HUB_TOKEN' : 'HF_TOKEN', token),
  };
}

/** A URL, or host[:port] with the scheme that goes without saying. */
function readHost(variables: Variables, it: { readonly name: string; readonly scheme: string }): string | null {
  const address = variables.read(it.name, {
    expected: 'a URL or host[:port], without a user part',
    read(text) {
      const address = webUrl.read(text.includes('://') ? text : `${it.scheme}://${text}`);
      const { username, password } = new URL(address ?? 'none:');
      return username === '' && password === '' ? address : undefined; // the clients throw at such URLs
    },
  });
  return address?.replace(/\/+$/, '') ?? null;
}
