// The Hugging Face hub as its clients see it: revisions, tree pages, files that redirect to a CDN on another host.
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendFile, type WebServer, webServer } from './web-server.ts';

interface HubFile {
  readonly text: string;
  /** In LFS: kept on the CDN; the others the hub sends itself, by a redirect of its own. */
  readonly lfs?: boolean;
}

export interface HubModel {
  readonly model: string;
  readonly revisions: Readonly<Record<string, string>>; // to commits
  readonly files: Readonly<Record<string, HubFile>>;
  readonly token?: string; // that is wanted
  readonly gated?: boolean;
  readonly pageFiles?: number;
  /** Where links to the next page lead; the hub itself by default. */
  readonly linkOrigin?: string;
}

export interface HubServers {
  readonly hub: WebServer;
  readonly cdn: WebServer;
  /** URLs that were signed before are refused from now on. */
  expire(): void;
}

export async function hubServers(served: HubModel): Promise<HubServers> {
  let signature = 1;
  const cdn = await webServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://cdn');
    const file = Object.values(served.files).find(({ text }) => url.pathname === `/${sha256(text)}`);
    const signed = url.searchParams.get('Signature') === String(signature);
    if (file === undefined || !signed || request.method !== 'GET') response.writeHead(403).end();
    else sendFile(request, response, { body: Buffer.from(file.text), headers: { etag: '"of the CDN"' } });
  });
  const hub = await webServer((request, response) => {
    answer({ request, response, served, signedUrl: (name) => `${cdn.origin}/${name}?Signature=${signature}` });
  });
  const expire = (): void => {
    signature += 1;
  };
  return { hub, cdn, expire };
}

interface Answering {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly served: HubModel;
  readonly signedUrl: (name: string) => string;
}

function answer(it: Answering): void {
  const { request, response, served } = it;
  const url = new URL(request.url ?? '', `http://${request.headers.host}`);
  const authorized = served.token === undefined || request.headers.authorization === `Bearer ${served.token}`;
  const [, api, model, kind, rest = ''] =
    /^\/(api\/models\/|api\/resolve-cache\/)?([^/]+\/[^/]+)\/(revision|tree|resolve)\/(.*)$/.exec(url.pathname) ?? [];
  if (model !== served.model) refuse(response, authorized ? 404 : 401, 'RepoNotFound');
  else if (!authorized && !served.gated) refuse(response, 401, 'RepoNotFound');
  else if (kind === 'revision') sendRevision(it, decodeURIComponent(rest));
  else if (kind === 'tree') sendTree(it, url);
  else if (!authorized) refuse(response, 401, 'GatedRepo');
  else
    sendBytes(it, {
      key: decodeURIComponent(rest.slice(rest.indexOf('/') + 1)),
      cached: api?.includes('cache') === true,
    });
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'x-error-code': code, 'x-error-message': 'secret words' }).end('{"error":"no"}');
}

function sendRevision({ response, served }: Answering, revision: string): void {
  const sha = served.revisions[revision];
  if (sha === undefined) refuse(response, 404, 'RevisionNotFound');
  else response.end(JSON.stringify({ id: served.model, sha, siblings: [] }));
}

function sendTree({ request, response, served }: Answering, url: URL): void {
  const { pageFiles = 1_000, files, linkOrigin = url.origin } = served;
  const from = Number(url.searchParams.get('cursor') ?? 0);
  const keys = Object.keys(files).sort();
  const next = new URL(url);
  next.searchParams.set('cursor', String(from + pageFiles));
  const link = `<${linkOrigin}${next.pathname}${next.search}>; rel="next"`;
  if (request.url?.includes('recursive=true') !== true) refuse(response, 400, 'Test');
  else {
    const entries = keys.slice(from, from + pageFiles).map((key) => entryOf(key, files[key]!));
    response.writeHead(200, from + pageFiles < keys.length ? { link } : {});
    response.end(JSON.stringify([{ type: 'directory', oid: gitBlob(''), size: 0, path: 'folder' }, ...entries]));
  }
}

function entryOf(path: string, { text, lfs }: HubFile): object {
  const size = Buffer.byteLength(text);
  if (lfs !== true) return { type: 'file', oid: gitBlob(text), size, path };
  const pointer = { oid: sha256(text), size, pointerSize: 134 };
  return { type: 'file', oid: gitBlob('the pointer'), size, lfs: pointer, xetHash: sha256('xet'), path };
}

function sendBytes(
  { request, response, served, signedUrl }: Answering,
  { key, cached }: { key: string; cached: boolean },
) {
  const file = served.files[key];
  if (file === undefined) refuse(response, 404, 'EntryNotFound');
  else if (file.lfs === true) {
    const headers = { 'x-linked-size': file.text.length, 'x-linked-etag': `"${sha256(file.text)}"` };
    response.writeHead(302, { ...headers, location: signedUrl(sha256(file.text)) }).end();
  } else if (!cached) response.writeHead(307, { location: `/api/resolve-cache${request.url}` }).end();
  else sendFile(request, response, { body: Buffer.from(file.text) });
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function gitBlob(text: string): string {
  return createHash('sha1')
    .update(`blob ${Buffer.byteLength(text)}\0${text}`)
    .digest('hex');
}
