// The files of the operator's page: read when a browser asks for them, so that an agent at which nobody looks holds none of them.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { PageAnswer } from './pages.ts';

export interface FileAnswer extends Omit<PageAnswer, 'body'> {
  readonly body: Buffer | null; // null: the browser has it already
  /** Beside or in place of those that every answer has. */
  readonly headers: Readonly<Record<string, string>>;
}

interface FileRequest {
  /** As asked for, without the query. */
  readonly path: string;
  readonly accept: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

export interface PageFiles {
  /** Null: no file of the page is asked for, or there is none of this name. */
  answer(request: FileRequest): Promise<FileAnswer | null>;
}

const INDEX = 'index.html';
const PREFIX = '/page/';
/** One room at the most, no leading dot: no name leads out of the folder; and none is longer than a file's may be. */
const FILE_NAME = /^(?=.{1,100}$)(?:[a-z0-9][a-z0-9-]*\/)?[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.(?<ending>js|css|svg)$/;
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

/** Nothing from elsewhere, nothing inline, in nobody's frame. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:",
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
].join('; ');
const PAGE_HEADERS = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
};

/** Beside this file in the sources, beside the program when built, where uplot's files are among its own. */
const ownFolder = new URL('./page/', import.meta.url);
const inSources = import.meta.filename.endsWith('.ts');
const borrowedFiles: ReadonlyMap<string, URL> = new Map(
  inSources
    ? [
        ['uplot.js', new URL('../../node_modules/uplot/dist/uPlot.esm.js', import.meta.url)],
        ['uplot.css', new URL('../../node_modules/uplot/dist/uPlot.min.css', import.meta.url)],
      ]
    : [],
);

/** `folder`: of the page's files; default: the page that comes along. */
export function openPageFiles(folder: URL = ownFolder): PageFiles {
  return {
    async answer({ path, accept, ifNoneMatch }) {
      if (path === '/') return wantsHtml(accept) ? indexAnswer(folder) : null;
      const name = path.startsWith(PREFIX) ? path.slice(PREFIX.length) : '';
      const ending = FILE_NAME.exec(name)?.groups?.ending;
      if (ending === undefined) return null;
      const body = await readIfThere(borrowedFiles.get(name) ?? new URL(name, folder));
      return body === null ? null : fileAnswer(body, { ending, ifNoneMatch });
    },
  };
}

/** Only who names it, as browsers do: curl, which accepts anything, gets the text. */
function wantsHtml(accept = ''): boolean {
  return accept
    .split(',')
    .some((range) => /^\s*text\/html\s*(;|$)/i.test(range) && !/;\s*q=0(\.0*)?\s*(;|$)/i.test(range));
}

async function indexAnswer(folder: URL): Promise<FileAnswer | null> {
  const body = await readIfThere(new URL(INDEX, folder));
  if (body === null) return null;
  return { status: 200, contentType: 'text/html; charset=utf-8', body, headers: { ...PAGE_HEADERS, Vary: 'Accept' } };
}

/** node:crypto comes with the first file: an agent without a batcher has no other use for it. */
async function etagOf(body: Buffer): Promise<string> {
  const { createHash } = await import('node:crypto');
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
}

/** Kept by the browser and asked for again each time: after an upgrade no old script meets a new page. */
async function fileAnswer(
  body: Buffer,
  { ending, ifNoneMatch }: { ending: string; ifNoneMatch: string | undefined },
): Promise<FileAnswer> {
  const etag = await etagOf(body);
  const headers = { ...PAGE_HEADERS, 'Cache-Control': 'no-cache', ETag: etag };
  const contentType = CONTENT_TYPES[ending] as string;
  const isKnown = ifNoneMatch?.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag) ?? false;
  return isKnown ? { status: 304, contentType, body: null, headers } : { status: 200, contentType, body, headers };
}

async function readIfThere(file: URL): Promise<Buffer | null> {
  try {
    return await readFile(fileURLToPath(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
