// What a web server says of a file: whole, in part, unchanged, or changed since (RFC 9110 13 and 14). Pure.

export interface StoredFile {
  readonly bytes: number;
  /** Another one whenever the content is another one; of letters, digits and dashes. */
  readonly version: string;
  readonly changedMs: number; // epoch
}

/** The request's headers as they came; null: not sent. */
export interface Conditions {
  readonly range: string | null;
  readonly ifRange: string | null;
  readonly ifMatch: string | null;
  readonly ifNoneMatch: string | null;
  readonly ifUnmodifiedSince: string | null;
}

export interface FileAnswer {
  readonly status: 200 | 206 | 304 | 412 | 416;
  readonly headers: Readonly<Record<string, string | number>>;
  /** What of the file follows; null: nothing. */
  readonly slice: { readonly first: number; readonly bytes: number } | null;
}

export function planFileAnswer(file: StoredFile, conditions: Conditions): FileAnswer {
  const etag = `"${file.version}"`;
  const lastModified = new Date(file.changedMs).toUTCString();
  const validators = { ETag: etag, 'Last-Modified': lastModified };
  if (hasChanged(file, { ...conditions, etag })) return without(412, validators);
  if (conditions.ifNoneMatch !== null && lists(conditions.ifNoneMatch, etag)) return without(304, validators);

  const headers = { ...validators, 'Content-Type': 'application/octet-stream', 'Accept-Ranges': 'bytes' };
  const ranged = conditions.ifRange === null || [etag, lastModified].includes(conditions.ifRange);
  const range = ranged ? readRange(conditions.range, file.bytes) : null;
  if (range === null) {
    return {
      status: 200,
      headers: { ...headers, 'Content-Length': file.bytes },
      slice: { first: 0, bytes: file.bytes },
    };
  }
  if (range === 'beyond') return without(416, { ...validators, 'Content-Range': `bytes */${file.bytes}` });
  const [first, last] = range;
  const bytes = last - first + 1;
  const contentRange = `bytes ${first}-${last}/${file.bytes}`;
  return {
    status: 206,
    headers: { ...headers, 'Content-Range': contentRange, 'Content-Length': bytes },
    slice: { first, bytes },
  };
}

function without(status: FileAnswer['status'], headers: FileAnswer['headers']): FileAnswer {
  return { status, headers: status === 304 ? headers : { ...headers, 'Content-Length': 0 }, slice: null };
}

function hasChanged(
  { changedMs }: StoredFile,
  { ifMatch, ifUnmodifiedSince, etag }: Conditions & { readonly etag: string },
): boolean {
  if (ifMatch !== null) return !lists(ifMatch, etag);
  const sinceMs = ifUnmodifiedSince === null ? Number.NaN : Date.parse(ifUnmodifiedSince);
  return Math.floor(changedMs / 1000) * 1000 > sinceMs; // HTTP's times have whole seconds
}

function lists(field: string, etag: string): boolean {
  return field.split(',').some((entry) => ['*', etag].includes(entry.trim()));
}

/** Null: the whole file, also where a range is malformed or there are several: a server may pass over them (RFC 9110 14.2). */
function readRange(field: string | null, size: number): readonly [first: number, last: number] | 'beyond' | null {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(field?.trim() ?? '') ?? [];
  if (from === '' && to === '') return null;
  if (from === '') return Number(to) === 0 || size === 0 ? 'beyond' : [Math.max(0, size - Number(to)), size - 1];
  if (to !== '' && Number(to) < Number(from)) return null;
  if (Number(from) >= size) return 'beyond';
  return [Number(from), to === '' ? size - 1 : Math.min(Number(to), size - 1)];
}
