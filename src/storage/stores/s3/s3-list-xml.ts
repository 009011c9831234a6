// What does an answer to ListObjectsV2 say? The few members that are read here, of answers as plain as S3 and its like send them.

/** As far as the official client's types name the same. */
interface ListedRow {
  readonly Key: string;
  readonly Size: number;
  readonly ETag?: string;
}

export interface ListedPage {
  readonly Contents: readonly ListedRow[];
  /** `url`: keys are encoded. */
  readonly EncodingType?: string;
  readonly IsTruncated: boolean;
  readonly NextContinuationToken?: string;
}

/** CDATA, comments, document types; line ends that a parser changes; rows with attributes, or empty ones. */
const oddities = /<!|\r|<Contents[^>]/;

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Null: it is something else, or XML of a kind that a whole parser has to read (CDATA, comments, prefixes, unknown entities). */
export function readListXml(xml: string): ListedPage | null {
  const start = /^\s*(?:<\?xml[^>]*>\s*)?<ListBucketResult(?:\s[^>]*)?>/.exec(xml);
  if (start === null || !/<\/ListBucketResult>\s*$/.test(xml) || oddities.test(xml)) return null;
  const contents: ListedRow[] = [];
  const outside: string[] = [];
  let at = start[0].length;
  for (let open = xml.indexOf('<Contents>', at); open !== -1; open = xml.indexOf('<Contents>', at)) {
    const close = xml.indexOf('</Contents>', open);
    const row = close === -1 ? null : readRow(xml.slice(open, close));
    if (row === null) return null;
    contents.push(row);
    outside.push(xml.slice(at, open));
    at = close + '</Contents>'.length;
  }
  outside.push(xml.slice(at));
  return readPage(outside.join(''), contents);
}

function readPage(outside: string, contents: readonly ListedRow[]): ListedPage | null {
  const truncated = textIn(outside, 'IsTruncated');
  const token = textIn(outside, 'NextContinuationToken');
  const encoding = textIn(outside, 'EncodingType');
  if (![undefined, 'true', 'false'].includes(truncated as string | undefined) || token === null || encoding === null)
    return null;
  return {
    Contents: contents,
    IsTruncated: truncated === 'true',
    ...(encoding !== undefined && { EncodingType: encoding }),
    ...(token !== undefined && { NextContinuationToken: token }),
  };
}

function readRow(row: string): ListedRow | null {
  const key = textIn(row, 'Key');
  const size = textIn(row, 'Size');
  const etag = textIn(row, 'ETag');
  if (typeof key !== 'string' || typeof size !== 'string' || !/^\d{1,15}$/.test(size) || etag === null) return null;
  return { Key: key, Size: Number(size), ...(etag !== undefined && { ETag: etag }) };
}

/** Undefined: there is no such member. Null: its text is not plain. */
function textIn(xml: string, name: string): string | null | undefined {
  const open = xml.indexOf(`<${name}>`);
  if (open === -1) return xml.includes(`<${name}`) ? null : undefined;
  const from = open + name.length + 2;
  const to = xml.indexOf('<', from);
  return xml.startsWith(`</${name}>`, to) ? decode(xml.slice(from, to)) : null;
}

function decode(text: string): string | null {
  if (!text.includes('&')) return text;
  let plain = true;
  const decoded = text.replaceAll(/&([^;&]*);?/g, (whole, name: string) => {
    const character = whole.endsWith(';') ? characterOf(name) : undefined;
    plain &&= character !== undefined;
    return character ?? '';
  });
  return plain ? decoded : null;
}

function characterOf(name: string): string | undefined {
  const number = /^#(?:x(?<hex>[0-9a-fA-F]{1,6})|(?<decimal>\d{1,7}))$/.exec(name)?.groups;
  if (number === undefined) return entities[name];
  const code = number.hex === undefined ? Number(number.decimal) : Number.parseInt(number.hex, 16);
  return code <= 0x10_ff_ff ? String.fromCodePoint(code) : undefined;
}
