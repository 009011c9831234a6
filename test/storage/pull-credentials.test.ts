// Credentials that end while a model is being pulled: the pull goes on with new ones, or says who refused what.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readStorageEnvironment } from '../../src/config/storage-environment.ts';
import { GcsServer } from '../support/stores/gcs-server.ts';
import { PullFolder, pullFrom, quickTransfer } from '../support/stores/pulls.ts';
import { errorAnswer } from '../support/stores/s3-answers.ts';
import { type S3Request, S3Server } from '../support/stores/s3-server.ts';
import type { S3Account } from '../support/stores/s3-signature.ts';

const body = randomBytes(500_000); // eight ranges
const isBody = ({ method, key }: S3Request): boolean => method === 'GET' && key !== '';

function configOf(env: Readonly<Record<string, string>>) {
  return { ...readStorageEnvironment(env).config, transfer: quickTransfer };
}

describe('a pull from S3', () => {
  it('goes on with a new session when the token of a web identity ends half-way', async () => {
    let given = 0;
    const over = new Set<string>();
    await using server = await S3Server.start({
      assumeRole: (token): S3Account | null => {
        given += 1;
        const keys = {
          accessKeyId: `ASIA${given}`,
          secretAccessKey: `secret-${given}`,
          sessionToken: `session-${given}`,
        };
        return token === 'pod' ? keys : null;
      },
      alter: (request, answer) => {
        if (request.account === null) return answer;
        const { sessionToken = '' } = request.account;
        const served = server.requests.filter((asked) => isBody(asked) && asked.account?.sessionToken === sessionToken);
        if (isBody(request) && served.length > 4) over.add(sessionToken);
        if (given > 1 && sessionToken === `session-${given}`) return answer; // the newest one is good
        return over.has(sessionToken) ? errorAnswer(400, 'ExpiredToken') : answer;
      },
    });
    server.put('models', 'm/weights', body);
    using folder = new PullFolder();
    const tokenFile = join(folder.path, '../token');
    writeFileSync(tokenFile, 'pod');
    const config = configOf({
      AWS_ENDPOINT_URL: server.url,
      AWS_ENDPOINT_URL_STS: server.url,
      AWS_REGION: 'us-east-1',
      AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/models',
      AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
    });
    expect(await pullFrom({ server, folder, job: { config } })).toMatchObject({ restarts: 0 });
    expect(folder.files().weights?.equals(body)).toBe(true);
    expect(given).toBe(2);
  });

  it('whose keys are refused half-way says so, with the key and no secret', async () => {
    let served = 0;
    await using server = await S3Server.start({
      alter: (request, answer) => (isBody(request) && ++served > 3 ? errorAnswer(403, 'AccessDenied') : answer),
    });
    server.put('models', 'm/weights', body);
    using folder = new PullFolder();
    const error = await pullFrom({ server, folder }).catch((caught: Error) => caught);
    expect(error).toMatchObject({
      code: 'STORE_DENIED',
      message:
        's3://models/m: "m/weights": the store answered 403 AccessDenied; allow these credentials to read it, or give others',
    });
  });
});

describe('a pull from GCS', () => {
  async function withAccount(server: GcsServer, folder: PullFolder) {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    server.tokens.accountKey = publicKey;
    const keyFile = join(folder.path, '../key.json');
    const account = {
      type: 'service_account',
      client_email: 'puller@test.iam.gserviceaccount.com',
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      token_uri: `${server.url}/token`,
    };
    writeFileSync(keyFile, JSON.stringify(account));
    return configOf({ STORAGE_EMULATOR_HOST: server.url, GOOGLE_APPLICATION_CREDENTIALS: keyFile });
  }

  it('goes on with a new token when the first one is revoked half-way', async () => {
    let served = 0;
    await using server = await GcsServer.start({
      access: 'private',
      alter: (answer, { url }) => {
        if (url.searchParams.get('alt') === 'media' && ++served === 4) server.tokens.revoke();
        return answer;
      },
    });
    server.objects.put('models', 'm/weights', body);
    using folder = new PullFolder();
    const config = await withAccount(server, folder);
    expect(await pullFrom({ server, folder, uri: 'gs://models/m', job: { config } })).toMatchObject({ restarts: 0 });
    expect(folder.files().weights?.equals(body)).toBe(true);
    expect(server.asked.filter(({ url }) => url.pathname === '/token').length).toBe(2);
  });

  it('that no token opens any more ends with STORE_DENIED', async () => {
    await using server = await GcsServer.start({
      access: 'private',
      alter: (answer, { url }) => {
        if (url.searchParams.get('alt') === 'media') return { status: 401, headers: {}, body: Buffer.from('') };
        return answer;
      },
    });
    server.objects.put('models', 'm/weights', body);
    using folder = new PullFolder();
    const config = await withAccount(server, folder);
    const error = await pullFrom({ server, folder, uri: 'gs://models/m', job: { config } }).catch(
      (caught: Error) => caught,
    );
    expect(error).toMatchObject({
      code: 'STORE_DENIED',
      message: expect.stringMatching(/^gs:\/\/models\/m: "m\/weights"/),
    });
    expect((error as Error).message).not.toContain('token-');
  });
});
