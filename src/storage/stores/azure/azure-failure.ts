// What went wrong in a call of Azure's clients? Reads their errors, of which neither request nor body is kept: they hold signatures.
import { StoreCallFailure } from '../call-failure.ts';
import type { AzureCredentials } from './azure-credentials.ts';

export function readAzureFailure(of: 'token' | 'storage', error: unknown): StoreCallFailure {
  if (error instanceof StoreCallFailure) return error;
  const { statusCode, code, message } = error as { statusCode?: unknown; code?: unknown; message?: unknown };
  if (typeof statusCode === 'number') return new StoreCallFailure(of, statusCode);
  // What an authority refuses comes as a text which begins with the word of RFC 6749 5.2.
  const word = of === 'token' ? /^[a-z]+(?:_[a-z]+)+(?=:)/.exec(String(message))?.[0] : undefined;
  if (word !== undefined && refusals.has(word)) return new StoreCallFailure(of, 401);
  return new StoreCallFailure(of, null, typeof code === 'string' ? code : word);
}

const refusals = new Set([
  'invalid_client',
  'invalid_grant',
  'invalid_request',
  'invalid_scope',
  'unauthorized_client',
]);

export function azureRemedy(credentials: AzureCredentials): string {
  switch (credentials.kind) {
    case 'sas':
      return 'the SAS of the URI has expired, or grants too little (needed: read and list)';
    case 'key':
      return 'check AZURE_STORAGE_ACCESS_KEY, and that the account allows access by key';
    case 'token':
      return tokenRemedies[credentials.found];
    case 'anonymous':
      return 'set AZURE_STORAGE_ACCESS_KEY, or AZURE_CLIENT_ID with AZURE_TENANT_ID and AZURE_CLIENT_SECRET, or give the URI a SAS';
  }
}

const tokenRemedies = {
  'handed over': 'AZURE_ACCESS_TOKEN has expired, or grants too little',
  configured:
    'check AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET or AZURE_FEDERATED_TOKEN_FILE, and grant the role Storage Blob Data Reader',
  'managed identity': 'grant the managed identity the role Storage Blob Data Reader, or set AZURE_STORAGE_ACCESS_KEY',
} as const;
