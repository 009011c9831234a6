// Which model a request path names, as a metric label that stays bounded whatever clients send.

/** The label of models beyond the bound, and of names that nobody gives a model. */
export const OTHER_MODEL = 'other';

// V1: /v1/models/NAME[:verb]; V2: /v2/models/NAME[/versions/V][/infer, ...] and /v2/repository/models/NAME/load (OIP inference_rest.md).
const MODEL_PATH = /^\/v([12])\/(?:repository\/)?models\/([^/?]+)/;

// Names longer or stranger than this are no model's: object stores and Kubernetes allow less.
const PLAIN_NAME = /^[\w.\-+@ :=/]{1,128}$/;

/** Percent-decoded model name; "" when the path names none; `other` for a name that is no plain one. */
export function readModelOf(path: string): string {
  const match = MODEL_PATH.exec(path);
  if (match === null) return '';
  const segment = match[2]!;
  if (match[1] === '2') return segment === 'stats' ? '' : readPlainName(segment); // /v2/models/stats: Triton, of all models
  const colon = segment.lastIndexOf(':');
  return readPlainName(colon === -1 ? segment : segment.slice(0, colon));
}

function readPlainName(segment: string): string {
  try {
    const name = segment.includes('%') ? decodeURIComponent(segment) : segment;
    return PLAIN_NAME.test(name) ? name : OTHER_MODEL;
  } catch (error) {
    if (error instanceof URIError) return OTHER_MODEL; // "%zz": never the name of a model
    throw error;
  }
}
