// Many pulls on one ground: credentials are asked for once, and what failed, or is another's, is never shared.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { StorageConfig } from '../../src/config/storage-config.ts';
import { readStorageEnvironment } from '../../src/config/storage-environment.ts';
import { startProgress } from '../../src/storage/download/progress.ts';
import { PullGround } from '../../src/storage/pull-ground.ts';
import { configOf, PullFolder, pullFrom, quickTransfer } from '../support/stores/pulls.ts';
import { errorAnswer } from '../support/stores/s3-answers.ts';
import { type Alter, S3Server } from '../support/stores/s3-server.ts';
import type { S3Account } from '../support/stores/s3-signature.ts';

/** Gives each web identity a new session, and says how many. */
async function identityServer(alter: Alter = (_, answer) => answer) {
  let given = 0;
  const assumeRole = (token: string): S3Account => {
    given += 1;
    return {
      accessKeyId: `ASIA-${token}-${given}`,
      secretAccessKey: `secret-${given}`,
      sessionToken: `session-${given}`,
    };
  };
  const server = await S3Server.start({ assumeRole, alter });
  for (const model of ['one', 'two', 'three']) server.put('models', `${model}/weights`, `weights of ${model}`);
  return { server, sessions: () => given };
}

function identity(server: S3Server, folder: PullFolder, role: string): StorageConfig {
  const tokenFile = join(folder.path, '../token');
  writeFileSync(tokenFile, 'pod');
  const env = {
    AWS_ENDPOINT_URL: server.url,
    AWS_ENDPOINT_URL_STS: server.url,
    AWS_REGION: 'us-east-1',
    AWS_ROLE_ARN: `arn:aws:iam::123456789012:role/${role}`,
    AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
  };
  return { ...readStorageEnvironment(env).config, transfer: quickTransfer };
}

/** Into folders of their own below one that the test owns. */
async function pullModels(server: S3Server, folder: PullFolder, ground: PullGround, config: StorageConfig) {
  const pulls = ['one', 'two', 'three'].map((model) => {
    const job = { config, target: `${folder.path}-${model}` };
    return pullFrom({ server, folder, uri: `s3://models/${model}`, job, ground });
  });
  return Promise.all(pulls);
}

describe('pulls on one ground', () => {
  it('ask for credentials once, also when they come one after the other', async () => {
    const { server, sessions } = await identityServer();
    using folder = new PullFolder();
    await using ground = new PullGround();
    const config = identity(server, folder, 'models');
    expect((await pullModels(server, folder, ground, config)).map(({ files }) => files)).toEqual([1, 1, 1]);
    await pullModels(server, folder, ground, config);
    expect(sessions()).toBe(1);
    await server[Symbol.asyncDispose]();
  });

  it('of other identities, or each on its own ground, share nothing', async () => {
    const { server, sessions } = await identityServer();
    using folder = new PullFolder();
    await using ground = new PullGround();
    await pullModels(server, folder, ground, identity(server, folder, 'models'));
    await pullModels(server, folder, ground, identity(server, folder, 'others'));
    expect(sessions()).toBe(2);
    await using another = new PullGround();
    await pullModels(server, folder, another, identity(server, folder, 'models'));
    expect(sessions()).toBe(3);
    await server[Symbol.asyncDispose]();
  });

  it('do not go on with the credentials of one that failed', async () => {
    let refused = true;
    const { server, sessions } = await identityServer(({ method, account }, answer) =>
      method === 'GET' && account !== null && refused ? errorAnswer(403, 'AccessDenied') : answer,
    );
    using folder = new PullFolder();
    await using ground = new PullGround();
    const config = identity(server, folder, 'models');
    const one = { server, folder, uri: 's3://models/one', job: { config }, ground };
    await expect(pullFrom(one)).rejects.toMatchObject({ code: 'STORE_DENIED' });
    const before = sessions();
    refused = false;
    expect(await pullFrom(one)).toMatchObject({ files: 1 });
    expect(sessions()).toBe(before + 1);
    await server[Symbol.asyncDispose]();
  });

  it('count setbacks of their own alone', async () => {
    const failed = new Set<string>();
    await using server = await S3Server.start({
      alter: (request, answer) => {
        const prefix = request.query.get('prefix');
        if (prefix !== 'one/' || failed.has(prefix)) return answer;
        failed.add(prefix);
        return errorAnswer(503, 'SlowDown');
      },
    });
    for (const model of ['one', 'two']) server.put('models', `${model}/weights`, 'w');
    using folder = new PullFolder();
    await using ground = new PullGround();
    const pull = async (model: string): Promise<number> => {
      const progress = startProgress();
      const job = { target: `${folder.path}-${model}`, config: configOf(server) };
      await pullFrom({ server, folder, uri: `s3://models/${model}`, job, ground, progress });
      return progress.retries;
    };
    expect(await Promise.all(['one', 'two'].map(pull))).toEqual([1, 0]);
  });
});
