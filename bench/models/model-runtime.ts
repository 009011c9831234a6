// A runtime with Triton's repository API whose loads take a given time: `node model-runtime.ts PORT LOAD_MS UNLOAD_MS`. An answer says
// since when its model is loaded, so that a client knows whether its request waited for that; `GET /peak`: the most models ever held.
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const [port, loadMs, unloadMs] = process.argv.slice(2).map(Number) as [number, number, number];

interface Held {
  readonly loadedAtMs: number; // since the epoch
  state: 'LOADING' | 'READY' | 'UNLOADING';
}

const held = new Map<string, Held>();
let peak = 0;

createServer((request, response) => {
  request.resume();
  request.once('end', () => {
    void answer(request.url as string).then(([status, body]) => {
      const bytes = Buffer.from(body);
      response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length }).end(bytes);
    });
  });
}).listen(port, '127.0.0.1');

type Answer = readonly [status: number, body: string];

const path = /^\/v2\/(?:repository\/)?models\/([^/]+)\/(load|unload|ready|infer)$/;

async function answer(url: string): Promise<Answer> {
  if (url === '/peak') return [200, String(peak)];
  if (url === '/v2/repository/index') return [200, index()];
  const [, name, action] = path.exec(url) ?? [];
  if (name === undefined) return [url.startsWith('/v2/health/') ? 200 : 404, ''];
  if (action === 'load') await load(name);
  if (action === 'unload') void unload(name); // as Triton: the answer comes before the end
  if (action === 'load' || action === 'unload') return [200, ''];
  const model = held.get(name);
  if (model?.state !== 'READY') return [400, JSON.stringify({ error: `model ${name} is not ready` })];
  return [200, action === 'ready' ? '' : JSON.stringify({ model_name: name, loadedAtMs: model.loadedAtMs })];
}

async function load(name: string): Promise<void> {
  if (held.get(name)?.state === 'READY') return;
  held.set(name, { loadedAtMs: 0, state: 'LOADING' });
  peak = Math.max(peak, held.size);
  await sleep(loadMs);
  held.set(name, { loadedAtMs: performance.timeOrigin + performance.now(), state: 'READY' });
}

async function unload(name: string): Promise<void> {
  const model = held.get(name);
  if (model === undefined) return;
  model.state = 'UNLOADING';
  await sleep(unloadMs);
  if (held.get(name) === model) held.delete(name);
}

function index(): string {
  return JSON.stringify([...held].map(([name, { state }]) => ({ name, version: '1', state })));
}
