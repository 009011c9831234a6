// A runtime that is nothing but its pages: JSON by method and path.
import type { Probed } from './probed.ts';
import { serveHttp } from './probed.ts';

/** A status, or the JSON of a 200. */
type Page = number | object;

/** Keys such as `GET /v2`; what is not among them is 404. */
export function servePages(pages: Readonly<Record<string, Page>>): Promise<Probed> {
  return serveHttp((request, response) => {
    request.resume();
    const page = pages[`${request.method} ${request.url}`] ?? 404;
    const isStatus = typeof page === 'number';
    response.writeHead(isStatus ? page : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isStatus ? { error: `status ${page}` } : page));
  });
}

const tensor = (name: string, shape: readonly number[]) => ({ name, datatype: 'FP32', shape });

/** As Triton 2.51 in explicit mode answers, with two models. */
export const tritonPages: Readonly<Record<string, Page>> = {
  'GET /v2': { name: 'triton', version: '2.51.0', extensions: ['model_repository', 'statistics'] },
  'GET /v2/health/live': {},
  'GET /v2/health/ready': {},
  'POST /v2/repository/index': [
    { name: 'wide', version: '1', state: 'READY' },
    { name: 'lone', version: '1', state: 'READY' },
    { name: 'broken', version: '1', state: 'UNAVAILABLE', reason: 'no' },
  ],
  'GET /v2/models/wide': { name: 'wide', inputs: [tensor('x', [-1, 4])], outputs: [tensor('y', [-1, 4])] },
  'GET /v2/models/wide/config': { name: 'wide', max_batch_size: 8 },
  'GET /v2/models/lone': { name: 'lone', inputs: [tensor('x', [1, 4])], outputs: [tensor('y', [1, 4])] },
  'GET /v2/models/lone/config': { name: 'lone', max_batch_size: 0 },
  'POST /v2/repository/models/outrigger-doctor-asks/unload': {},
};
