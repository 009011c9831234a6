// The hub's API: which commit a revision is, which files it has, where their bytes are (huggingface_hub: hf_api.py, file_download.py).
import * as v from 'valibot';
import { OutriggerError } from '../../../errors.ts';
import type { AnswerHead } from '../../http/http-client.ts';
import { maxRedirects, nextHop, redirectOf } from '../../http/redirects.ts';
import type { StoredObject, StoreRequest } from '../../object-store.ts';
import type { RetryingClient } from '../retrying-client.ts';
import { type HubPlace, hubFailure } from './hub-failure.ts';

export interface HubOptions extends HubPlace {
  /** Without a slash at its end. */
  readonly endpoint: string;
  readonly client: RetryingClient;
}

/** A page has 1,000 files, some 300 bytes each. */
const maxDocumentBytes = 32 * 2 ** 20;

const revisionInfo = v.object({ sha: v.pipe(v.string(), v.regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/)) });
const size = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const treeEntries = v.array(
  v.object({
    type: v.string(),
    path: v.string(),
    oid: v.nullish(v.string()),
    size: v.nullish(size),
    lfs: v.nullish(v.object({ oid: v.string(), size })),
  }),
);
type TreeEntry = v.InferOutput<typeof treeEntries>[number];

export class Hub {
  readonly #options: HubOptions;

  constructor(options: HubOptions) {
    this.#options = options;
  }

  /** A branch may move while we list and fetch; what is fetched is of one commit. @throws OutriggerError as hubFailure */
  async findCommit(signal: AbortSignal): Promise<string> {
    const { model, revision } = this.#options;
    const url = this.#url(`/api/models/${model}/revision/${encodeURIComponent(revision)}`);
    const { document } = await this.#ask(url, signal);
    if (!v.is(revisionInfo, document)) throw this.#misunderstood('a revision');
    return document.sha;
  }

  async *files(commit: string, signal: AbortSignal): AsyncGenerator<readonly StoredObject[]> {
    const asked = new Set<string>();
    let next: URL | null = this.#url(`/api/models/${this.#options.model}/tree/${commit}?recursive=true&expand=false`);
    while (next !== null) {
      if (asked.has(next.href)) throw this.#misunderstood('a next page');
      asked.add(next.href);
      const { document, head }: Answered = await this.#ask(next, signal);
      if (!v.is(treeEntries, document)) throw this.#misunderstood('a list of files');
      yield document.filter(({ type }) => type === 'file').map((entry) => this.#readEntry(entry));
      next = this.#nextPage(next, head);
    }
  }

  /**
   * A GET of the file's bytes from where they are. Only `thorough` is a redirect's target asked whether it redirects, too: the
   * hub's own network does not, and for a thousand small files the question would double the time.
   */
  async locate(file: { commit: string; key: string }, ask: { signal: AbortSignal; thorough: boolean }) {
    const { model, client } = this.#options;
    const path = file.key.split('/').map(encodeURIComponent).join('/');
    const url = this.#url(`/${model}/resolve/${file.commit}/${path}`);
    let request: StoreRequest = { method: 'HEAD', url, headers: this.#headers(), range: null };
    for (let hops = 0; hops <= maxRedirects; hops += 1) {
      const head = await client.head(request, ask.signal);
      if (head.status === 405 || head.status === 501) return this.#locateByGet(request, ask.signal); // some mirrors know no HEAD
      const location = redirectOf(head);
      if (location === null && head.status !== 200) throw hubFailure(head, { ...this.#options, file: file.key });
      if (location === null) return toGet(request);
      const next = nextHop(request, location);
      if (next.url.origin !== request.url.origin) {
        return ask.thorough ? this.#locateByGet(next, ask.signal) : toGet(next);
      }
      request = next;
    }
    throw new OutriggerError('STORE_FAILED', `${this.#options.host}: more than ${maxRedirects} redirects`);
  }

  async #locateByGet(request: StoreRequest, signal: AbortSignal): Promise<StoreRequest> {
    return (await this.#options.client.follow(toGet(request), signal)).request;
  }

  #url(path: string): URL {
    return new URL(`${this.#options.endpoint}${path}`);
  }

  #headers(): StoreRequest['headers'] {
    const { token } = this.#options;
    return token === null ? [] : [['authorization', `Bearer ${token}`]];
  }

  async #ask(url: URL, signal: AbortSignal): Promise<Answered> {
    const request: StoreRequest = { method: 'GET', url, headers: this.#headers(), range: null };
    const limits = { maxBytes: maxDocumentBytes, signal };
    const { head, body } = await this.#options.client.document(request, limits);
    if (head.status !== 200) throw hubFailure(head, this.#options);
    try {
      return { head, document: JSON.parse(body.toString('utf8')) };
    } catch (cause) {
      throw this.#misunderstood('JSON', cause);
    }
  }

  /** Mirrors hand on the links of the hub itself: the token and the question stay with the endpoint that was configured. */
  #nextPage(from: URL, { headers }: AnswerHead): URL | null {
    const link = /<([^>]+)>\s*;[^,]*\brel="?next\b/i.exec(headers.get('link') ?? '')?.[1];
    const next = link === undefined ? null : URL.parse(link, from.href);
    if (next === null) return null;
    const page = new URL(from);
    page.search = next.search;
    return page;
  }

  #readEntry({ path, oid, size: bytes, lfs }: TreeEntry): StoredObject {
    const sha256 = readHex(lfs?.oid.replace(/^sha256:/, ''), 32);
    // Of a file in LFS, `oid` is that of its pointer.
    const gitBlob = lfs == null ? readHex(oid, 20) : null;
    const checksums = { ...(sha256 && { sha256 }), ...(gitBlob && { gitBlob }) };
    // What its content is called, so that a new commit leaves the files alone that it does not touch.
    const version = (lfs == null ? oid : lfs.oid) ?? null;
    return {
      key: path,
      bytes: lfs?.size ?? bytes ?? null,
      version,
      checksums,
      partBytes: null,
      ranges: true,
      contentEncoding: null,
    };
  }

  #misunderstood(what: string, cause?: unknown): OutriggerError {
    const message = `${this.#options.host}: the answer is no ${what} as the hub's API has it`;
    return new OutriggerError('STORE_FAILED', message, { cause });
  }
}

interface Answered {
  readonly head: AnswerHead;
  readonly document: unknown;
}

function toGet(request: StoreRequest): StoreRequest {
  return { ...request, method: 'GET' };
}

function readHex(hex: string | null | undefined, bytes: number): string | null {
  const value = Buffer.from(hex ?? '', 'hex');
  return value.length === bytes && hex?.length === 2 * bytes ? value.toString('base64') : null;
}
