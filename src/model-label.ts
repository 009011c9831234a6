// Which model a request path names, also as a metric label that stays bounded whatever clients send.

/** The label of models beyond the bound, and of names that nobody gives a model. */
export const OTHER_MODEL = 'other';

// Names longer or stranger than this are no model's: object stores and Kubernetes allow less.
const PLAIN_NAME = /^[\w.\-+@ :=/]{1,128}$/;

/** Percent-decoded model name; "" when the path names none; `other` for a name that is no plain one. */
export function readModelOf(path: string): string {
  const segment = readModelSegment(path);
  if (segment === null) return '';
  const name = decodeSegment(segment);
  return name !== null && PLAIN_NAME.test(name) ? name : OTHER_MODEL;
}

/** Percent-decoded, whatever it is; as it stands when it cannot be decoded. Null: the path names none. */
export function readModelName(path: string): string | null {
  const segment = readModelSegment(path);
  return segment === null || segment === '' ? null : (decodeSegment(segment) ?? segment);
}

// V1: /v1/models/NAME[:verb]; V2: /v2/models/NAME[/versions/V][/infer, ...] and /v2/repository/models/NAME/load (OIP inference_rest.md).
function readModelSegment(path: string): string | null {
  const v2 = path.startsWith('/v2/');
  if (!v2 && !path.startsWith('/v1/')) return null;
  const folder = path.startsWith('repository/', 4) ? 15 : 4;
  if (!path.startsWith('models/', folder)) return null;
  const segment = path.slice(folder + 7, endOfSegment(path, folder + 7));
  if (v2) return segment === '' || segment === 'stats' ? null : segment; // /v2/models/stats: Triton, of all models
  const colon = segment.lastIndexOf(':');
  return colon === -1 ? segment || null : segment.slice(0, colon);
}

/** Asked for every request: a regular expression costs ten times as much. */
function endOfSegment(path: string, from: number): number {
  for (let at = from; at < path.length; at++) {
    const code = path.charCodeAt(at);
    if (code === 47 || code === 63) return at;
  }
  return path.length;
}

/** One segment of a path, percent-decoded. Null: "%zz", never the name of a model. */
export function decodeSegment(segment: string): string | null {
  try {
    return segment.includes('%') ? decodeURIComponent(segment) : segment;
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}
