// Canaries: secrets of every store through pulls that succeed and pulls that fail; none of them may be seen anywhere afterwards.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { builtProgram } from '../e2e/support/built-program.ts';
import type { Verdict } from '../real/compare.ts';
import { Azurite } from '../support/stores/azurite.ts';
import { GcsServer } from '../support/stores/gcs-server.ts';
import { runPull } from '../support/stores/pull-program.ts';
import { PullFolder } from '../support/stores/pulls.ts';
import { errorAnswer } from '../support/stores/s3-answers.ts';
import { S3Server } from '../support/stores/s3-server.ts';
import { summarize } from '../support/stores/verdict-summary.ts';

const program = await builtProgram();
const canary = (name: string): string => `CANARY${name}${Math.random().toString(36).slice(2, 10)}`;

/** In every shape that a careless message could have it in. */
const shapesOf = (secret: string): string[] => [
  secret,
  Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  encodeURIComponent(secret),
];

interface Case {
  readonly name: string;
  readonly uri: string;
  readonly env: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  readonly flags?: readonly string[];
  readonly exitCode: 0 | 1 | 64;
}

/** The thinnest of web servers: it wants to be sent nothing, and answers what is asked for. */
async function webServer(status: number, headers: Record<string, string> = {}, echo = false) {
  const server = createServer((request, response) => {
    const said = `${request.url} ${JSON.stringify(request.headers)}`;
    response.writeHead(status, { ...headers, ...(echo ? { 'x-said': 'all' } : {}) }).end(echo ? said : 'weights');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, close: () => server.closeAllConnections() ?? server.close() };
}

const keyId = canary('KeyId');
const secretKey = canary('SecretKey');
const sessionToken = canary('Session');
const account = { accessKeyId: keyId, secretAccessKey: secretKey, sessionToken };
await using good = await S3Server.start({ accounts: [account] });
good.put('models', 'm/weights', 'bytes');
/** As some stores do, it repeats in its refusals what came. */
await using talkative = await S3Server.start({
  accounts: [account],
  alter: ({ headers, target }) => {
    const said = `${target} ${[...headers].map((field) => field.join(': ')).join(' ')}`.replaceAll(/[<>&]/g, '');
    return errorAnswer(403, 'SignatureDoesNotMatch', { inside: `<Said>${said}</Said>`, headers: { 'x-said': said } });
  },
});
await using gcs = await GcsServer.start({ access: 'private' });
await using azurite = await Azurite.start();
const web = await webServer(200);
const refusing = await webServer(403, {}, true);
const failing = await webServer(404, {}, true);
const redirecting = await webServer(302, { location: `http://127.0.0.1:${refusing.port}/elsewhere` });
using scratch = new PullFolder();
const keyFile = join(scratch.path, '..', 'key.json');
const privateKey = canary('PrivateKey');
const refreshToken = canary('Refresh');
const clientSecret = canary('ClientSecret');
const googleKey = { type: 'authorized_user', client_id: 'c', client_secret: clientSecret, refresh_token: refreshToken };
writeFileSync(keyFile, JSON.stringify({ ...googleKey, token_uri: `${gcs.url}/token` }));
const brokenKeyFile = join(scratch.path, '..', 'broken.json');
writeFileSync(brokenKeyFile, `{"type": "service_account", "private_key": "${privateKey}", `);

const s3Keys = { AWS_ACCESS_KEY_ID: keyId, AWS_SECRET_ACCESS_KEY: secretKey, AWS_SESSION_TOKEN: sessionToken };
const s3Secrets = [secretKey, sessionToken];
const sas = canary('Sas');
const azureKey = Buffer.from(canary('AzureKey')).toString('base64');
const azureToken = canary('AzureToken');
const azureSecret = canary('AzureSecret');
const hfToken = canary('HfToken');
const userPassword = canary('UserPassword');
const proxyPassword = canary('ProxyPassword');
const bearer = canary('Bearer');
const signature = canary('Signature');
const specSecret = canary('SpecSecret');
const azureUri = 'https://devstoreaccount1.blob.core.windows.net/models/m';
const azureEnv = { AZURE_SERVICE_URL: azurite.url };
const quick = { S3_MAX_ATTEMPTS: '2' };
const local = '127.0.0.1';
const signed = `X-Amz-Signature=${signature}&X-Amz-Credential=${signature}`;

const cases: readonly Case[] = [
  ['S3', 's3://models/m', { AWS_ENDPOINT_URL: good.url, ...s3Keys }, s3Secrets, 0],
  ['S3, refused', 's3://models/m', { AWS_ENDPOINT_URL: talkative.url, ...s3Keys }, s3Secrets, 1],
  ['S3, nothing there', 's3://models/none', { AWS_ENDPOINT_URL: good.url, ...s3Keys }, s3Secrets, 1],
  ['S3, not reached', 's3://models/m', { AWS_ENDPOINT_URL: `http://${local}:1`, ...s3Keys, ...quick }, s3Secrets, 1],
  [
    'S3, a user part in the endpoint',
    's3://models/m',
    { AWS_ENDPOINT_URL: `http://u:${userPassword}@${local}:1`, ...s3Keys, ...quick },
    [...s3Secrets, userPassword],
    1,
  ],
  [
    'S3, a user part in the URI',
    `s3://u:${userPassword}@models/m`,
    { AWS_ENDPOINT_URL: good.url, ...s3Keys },
    [userPassword, ...s3Secrets],
    64,
  ],
  [
    'S3 by STORAGE_CONFIG',
    's3://models/m',
    {
      STORAGE_CONFIG: JSON.stringify({
        type: 's3',
        endpoint_url: talkative.url,
        access_key_id: keyId,
        secret_access_key: specSecret,
      }),
    },
    [specSecret],
    1,
  ],
  [
    'a broken STORAGE_CONFIG',
    's3://models/m',
    { STORAGE_CONFIG: `{"secret_access_key": "${specSecret}"` },
    [specSecret],
    64,
  ],
  [
    'a proxy that refuses',
    's3://models/m',
    {
      AWS_ENDPOINT_URL: `http://store.example:9000`,
      HTTP_PROXY: `http://u:${proxyPassword}@${local}:${refusing.port}`,
      ...s3Keys,
      ...quick,
    },
    [proxyPassword, ...s3Secrets],
    1,
  ],
  ['a broken proxy', 's3://models/m', { HTTP_PROXY: `ftp://u:${proxyPassword}@x` }, [proxyPassword], 64],
  [
    'GCS, a refused refresh token',
    'gs://models/m',
    { STORAGE_EMULATOR_HOST: gcs.url, GOOGLE_APPLICATION_CREDENTIALS: keyFile },
    [refreshToken, clientSecret],
    1,
  ],
  [
    'GCS, a broken key',
    'gs://models/m',
    { STORAGE_EMULATOR_HOST: gcs.url, GOOGLE_APPLICATION_CREDENTIALS: brokenKeyFile },
    [privateKey],
    1,
  ],
  ['Azure, a wrong key', azureUri, { ...azureEnv, AZURE_STORAGE_ACCESS_KEY: azureKey }, [azureKey], 1],
  [
    'Azure, a wrong SAS',
    `${azureUri}?sv=2024-11-04&sp=rl&sr=c&se=2099-01-01T00%3A00%3A00Z&sig=${sas}`,
    azureEnv,
    [sas],
    1,
  ],
  [
    'Azure, a wrong SAS and abfss://',
    `abfss://models@devstoreaccount1.dfs.core.windows.net/m?sv=2024-11-04&sig=${sas}`,
    azureEnv,
    [sas],
    1,
  ],
  ['Azure, a token over http', azureUri, { ...azureEnv, AZURE_ACCESS_TOKEN: azureToken }, [azureToken], 1],
  [
    'Azure, an authority that refuses',
    azureUri,
    {
      ...azureEnv,
      AZURE_CLIENT_ID: 'c',
      AZURE_TENANT_ID: '00000000-0000-0000-0000-0000000000aa',
      AZURE_CLIENT_SECRET: azureSecret,
      AZURE_AUTHORITY_HOST: `https://${local}:1`,
    },
    [azureSecret],
    1,
  ],
  [
    'Hugging Face, refused',
    'hf://owner/model',
    { HF_ENDPOINT: `http://${local}:${refusing.port}`, HF_TOKEN: hfToken },
    [hfToken],
    1,
  ],
  [
    'Hugging Face, nothing there',
    'hf://owner/model',
    { HF_ENDPOINT: `http://${local}:${failing.port}`, HF_TOKEN: hfToken },
    [hfToken],
    1,
  ],
  ['http, a signed URL', `http://${local}:${web.port}/weights.bin?${signed}`, {}, [signature], 0],
  ['http, a signed URL, refused', `http://${local}:${refusing.port}/weights.bin?${signed}`, {}, [signature], 1],
  ['http, a user part', `http://u:${userPassword}@${local}:${web.port}/weights.bin`, {}, [userPassword], 0],
  [
    'http, a user part, refused',
    `http://u:${userPassword}@${local}:${refusing.port}/weights.bin`,
    {},
    [userPassword],
    1,
  ],
  [
    'http, headers of a host',
    `http://${local}:${refusing.port}/w.bin`,
    { [`${local}:${refusing.port}-headers`]: JSON.stringify({ authorization: `Bearer ${bearer}` }) },
    [bearer],
    1,
  ],
  [
    'http, broken headers of a host',
    `http://${local}:1/w.bin`,
    { [`${local}-headers`]: `{"authorization": "Bearer ${bearer}"` },
    [bearer],
    64,
  ],
  [
    'http, redirected',
    `http://u:${userPassword}@${local}:${redirecting.port}/w.bin?${signed}`,
    { [`${local}:${redirecting.port}-headers`]: JSON.stringify({ authorization: `Bearer ${bearer}` }) },
    [userPassword, signature, bearer],
    1,
  ],
  ['a URI of no known scheme', `ftp://u:${userPassword}@host/x?token=${bearer}`, {}, [userPassword, bearer], 64],
].map(([name, uri, env, secrets, exitCode]) => ({ name, uri, env, secrets, exitCode }) as Case);

/** Everything in the folder, staging and markers too, and the names. */
function leftIn(folder: PullFolder): string {
  const parent = join(folder.path, '..');
  const entries = readdirSync(parent, { recursive: true, withFileTypes: true });
  return entries
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return `${path}\n${entry.isFile() ? readFileSync(path, 'latin1') : ''}`;
    })
    .join('\n');
}

async function hitsOf({ name, uri, env, secrets, exitCode }: Case, flags: readonly string[]): Promise<Verdict> {
  using folder = new PullFolder();
  const ended = await runPull({ program, uri, target: folder.path, env, flags });
  const places = { stdout: ended.stdout, stderr: ended.stderr, 'the folder': leftIn(folder) };
  const hits = Object.entries(places).flatMap(([place, text]) =>
    secrets
      .filter((secret) => shapesOf(secret).some((shape) => text.includes(shape)))
      .map((secret) => `${secret} in ${place}`),
  );
  const otherEnd =
    ended.exitCode === exitCode ? [] : [`exit ${ended.exitCode}: ${ended.stdout.slice(-300)}${ended.stderr}`];
  const problems = [...hits, ...otherEnd];
  return { name: `${name} ${flags.join()}`, difference: problems.length === 0 ? null : problems.join('; ') };
}

const verdicts: Verdict[] = [];
for (const each of cases) {
  verdicts.push(...(await Promise.all([hitsOf(each, []), hitsOf(each, ['--json=false'])])));
}
for (const server of [web, refusing, failing, redirecting]) server.close();
console.log(`${new Set(cases.flatMap(({ secrets }) => secrets)).size} secrets through ${verdicts.length} pulls`);
summarize(verdicts);
