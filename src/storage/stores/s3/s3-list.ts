// Which objects may a path mean? The one of that key, or pages of S3's list below it, asked for one ahead of whoever reads them.
import type { ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { OutriggerError } from '../../../errors.ts';
import type { OnSetback, StoredObject } from '../../object-store.ts';
import { listPath } from '../list-path.ts';
import type { ListedPage } from './s3-list-xml.ts';
import { readRow } from './s3-objects.ts';
import type { S3Quick } from './s3-quick.ts';
import type { S3Session } from './s3-session.ts';
import { tellSetbacks } from './s3-setbacks.ts';

interface ListSettings {
  readonly session: S3Session;
  /** Asks first; null: the official client alone does. */
  readonly quick: S3Quick | null;
  readonly path: string;
  /** Null: no such object. */
  readonly look: (key: string, signal: AbortSignal) => Promise<StoredObject | null>;
  readonly signal: AbortSignal;
  readonly onSetback: OnSetback | undefined;
}

/**
 * S3 refuses to say whether an object exists to whom may list below a prefix only, so a refused look counts as "no such
 * object" as long as the list brings something.
 */
export async function* listS3(settings: ListSettings): AsyncGenerator<readonly StoredObject[]> {
  const { path, look, signal } = settings;
  let refusal: OutriggerError | null = null;
  const lookMildly = (key: string, either: AbortSignal) =>
    look(key, either).catch((error: unknown) => {
      if (!(error instanceof OutriggerError) || error.code !== 'STORE_DENIED') throw error;
      refusal = error;
      return null;
    });
  const pages = (prefix: string, either: AbortSignal) => listPages({ ...settings, prefix, signal: either });
  let found = false;
  for await (const page of listPath({ path, look: lookMildly, pages, signal })) {
    found ||= page.length > 0;
    yield page;
  }
  if (!found && refusal !== null) throw refusal;
}

type Below = Pick<ListSettings, 'session' | 'quick' | 'signal' | 'onSetback'> & { readonly prefix: string };

async function* listPages(below: Below): AsyncGenerator<StoredObject[]> {
  let next: Promise<ListedPage | ListObjectsV2CommandOutput> | null = askPage(below, undefined);
  while (next !== null) {
    const page: ListedPage | ListObjectsV2CommandOutput = await next;
    const token: string | undefined = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    next = token === undefined ? null : askPage(below, token);
    next?.catch(() => undefined); // whoever stops reading has no use for its failure
    yield readPage(page);
  }
}

async function askPage(below: Below, token: string | undefined): Promise<ListedPage | ListObjectsV2CommandOutput> {
  return (await below.quick?.list({ ...below, token })) ?? askClient(below, token);
}

function askClient(
  { session, prefix, signal, onSetback }: Below,
  token: string | undefined,
): Promise<ListObjectsV2CommandOutput> {
  return session.call({
    action: 'list',
    key: prefix === '' ? null : prefix,
    signal,
    send: (client, sdk) => {
      const command = new sdk.ListObjectsV2Command({
        Bucket: session.bucket,
        Prefix: prefix,
        EncodingType: 'url', // XML 1.0 has no room for control characters, which keys may have
        ContinuationToken: token,
      });
      return client.send(tellSetbacks(command, onSetback), { abortSignal: signal });
    },
  });
}

/** A store that does not know the encoding (versitygw) does not say that it used it. */
function readPage({ Contents = [], EncodingType }: ListedPage | ListObjectsV2CommandOutput): StoredObject[] {
  return Contents.map((row) => readRow(row, EncodingType === 'url')).filter((object) => object !== null);
}
