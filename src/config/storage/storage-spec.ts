// KServe's storage spec (STORAGE_CONFIG, STORAGE_OVERRIDE_CONFIG): JSON that stands in for variables of its store.
import * as v from 'valibot';
import type { Environment } from '../platform.ts';
import { quoteRejected } from '../secrets.ts';
import { type Findings, Variables } from './variables.ts';

/** As kserve_storage.py `_update_with_storage_spec`; session_token is ours. */
const S3_VARIABLES = {
  endpoint_url: 'AWS_ENDPOINT_URL',
  access_key_id: 'AWS_ACCESS_KEY_ID',
  secret_access_key: 'AWS_SECRET_ACCESS_KEY',
  session_token: 'AWS_SESSION_TOKEN',
  region: 'AWS_DEFAULT_REGION',
  ca_bundle: 'AWS_CA_BUNDLE',
  verify_ssl: 'S3_VERIFY_SSL',
  anonymous: 'awsAnonymousCredential',
} as const;

/** What would be asked before the variable that the spec sets. */
const OVERSHADOWS: Readonly<Record<string, string>> = { AWS_ENDPOINT_URL: 'AWS_ENDPOINT_URL_S3' };

/** Types whose stores have credentials of their own. */
const silentTypes = ['http', 'https', 'hf', 'azure', 'file', 'pvc'];

export const GCS_KEY = 'base64_service_account';

const scalar = v.union([v.string(), v.number(), v.boolean()]);
const specObject = v.record(v.string(), v.unknown());

interface Spec {
  readonly values: ReadonlyMap<string, unknown>;
  /** Which of the two variables said so. */
  readonly sources: ReadonlyMap<string, string>;
}

/** The environment as the spec makes it: what it names replaces the variable, an empty text takes it away. */
export function withStorageSpec(env: Environment, findings: Findings): Variables {
  const spec = readSpec(new Variables(env, findings));
  const type = spec.values.get('type') ?? '';
  const given: Record<string, string | undefined> = { ...env };
  const shownNames = new Map<string, string>();
  const set = (name: string, key: string): void => {
    const value = spec.values.get(key);
    if (value === undefined || value === null) return;
    const shown = `${key} of ${spec.sources.get(key)}`;
    shownNames.set(name, shown);
    if (v.is(scalar, value)) given[name] = String(value);
    else findings.problems.push(`${shown}: expected a text, got something else`);
    const shadow = OVERSHADOWS[name];
    if (shadow !== undefined) given[shadow] = undefined;
  };
  if (type === 's3') {
    // Keys of the spec never meet the session token of other keys.
    if (spec.values.has('access_key_id')) given.AWS_SESSION_TOKEN = undefined;
    for (const [key, name] of Object.entries(S3_VARIABLES)) set(name, key);
  } else if (type === 'gs') set(GCS_KEY, GCS_KEY);
  tellOfTheRest(spec, findings);
  return new Variables(given, findings, shownNames);
}

function readSpec(variables: Variables): Spec {
  const values = new Map<string, unknown>();
  const sources = new Map<string, string>();
  for (const name of ['STORAGE_CONFIG', 'STORAGE_OVERRIDE_CONFIG']) {
    for (const [key, value] of Object.entries(readObject(variables, name))) {
      values.set(key, value);
      sources.set(key, name);
    }
  }
  return { values, sources };
}

/** The text is never repeated, not even in part: it holds keys. */
function readObject(variables: Variables, name: string): Readonly<Record<string, unknown>> {
  const text = variables.text(name);
  if (text === null) return {};
  const parsed = readJson(text);
  if (v.is(specObject, parsed) && !Array.isArray(parsed)) return parsed;
  const got = parsed === undefined ? 'what is no JSON' : 'other JSON';
  variables.refuse(name, { expected: 'a JSON object', got: `${got} (not shown, it may hold keys)` });
  return {};
}

export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function tellOfTheRest({ values, sources }: Spec, { notices }: Findings): void {
  const type = values.get('type') ?? '';
  const known = ['s3', 'gs', ...silentTypes].includes(String(type));
  if (values.size > 0 && !known) {
    const where = sources.get('type') ?? [...sources.values()][0];
    notices.push(`${where}: type is neither s3 nor gs but ${quoteRejected(String(type))}; without effect`);
  }
  if (values.has('certificate')) {
    notices.push(
      `certificate of ${sources.get('certificate')}: not read; mount the certificate and name its file in ca_bundle`,
    );
  }
}
