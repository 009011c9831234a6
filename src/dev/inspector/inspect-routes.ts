// Which question a request below /inspect/ asks: pure, so that each answer of the API is decided in one place.

export type InspectQuestion =
  | { readonly kind: 'exchanges'; readonly after: number }
  | { readonly kind: 'batches'; readonly after: number }
  | { readonly kind: 'exchange'; readonly id: number }
  | { readonly kind: 'replay'; readonly id: number }
  | { readonly kind: 'refused'; readonly status: 400 | 404 | 405; readonly error: string; readonly allow?: string };

export const inspectFolder = '/inspect/';

/** `url`: origin-form, below the folder. */
export function readQuestion(method: string, url: string): InspectQuestion {
  const [path = '', query = ''] = url.slice(inspectFolder.length).split('?', 2);
  const [room, name, verb, ...more] = path.split('/');
  if (more.length > 0) return unknown;
  if ((room === 'exchanges' || room === 'batches') && name === undefined) {
    return only('GET, HEAD', method) ?? readAfter(room, query);
  }
  if (room !== 'exchanges' || name === undefined || (verb !== undefined && verb !== 'replay')) return unknown;
  const id = readCount(name);
  if (id === null) return unknown;
  if (verb === undefined) return only('GET, HEAD', method) ?? { kind: 'exchange', id };
  return only('POST', method) ?? { kind: 'replay', id };
}

const unknown: InspectQuestion = {
  kind: 'refused',
  status: 404,
  error: 'no such page: exchanges, exchanges/ID, exchanges/ID/replay and batches are there',
};

function only(allow: string, method: string): InspectQuestion | null {
  if (allow.split(', ').includes(method)) return null;
  return { kind: 'refused', status: 405, error: `${method} is not allowed here; use ${allow}`, allow };
}

function readAfter(kind: 'exchanges' | 'batches', query: string): InspectQuestion {
  const text = new URLSearchParams(query).get('after') ?? '0';
  const after = readCount(text);
  if (after !== null) return { kind, after };
  return { kind: 'refused', status: 400, error: `after: expected a cursor, got ${JSON.stringify(text.slice(0, 40))}` };
}

function readCount(text: string): number | null {
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}
