// Do the Python scripts that the inspector gives send the same request again? The real tritonclient and requests run them.
import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer as createHttp1 } from 'node:http';
import { createServer as createHttp2 } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { isDeepStrictEqual, promisify } from 'node:util';
import type { BodyView } from '../../src/dev/inspector/api.ts';
import type { Fields, KeptRequest } from '../../src/dev/inspector/kept-exchange.ts';
import { pythonOf } from '../../src/dev/inspector/view/python.ts';
import { spokenProtocol } from '../../src/dev/inspector/view/spoken-protocol.ts';
import { viewBody } from '../../src/dev/inspector/view/view-body.ts';
import { pythonSamples } from '../dev/inspector/view/python-samples.ts';

const runs = promisify(execFile);
const cache = process.env.OUTRIGGER_TEST_CACHE ?? join(homedir(), '.cache/outrigger-test');
const clients = {
  triton: join(cache, 'triton/venv/bin/python'), // scripts/install-runtimes.sh
  requests: 'python3',
};
const available = {
  triton: existsSync(clients.triton),
  requests: spawnSync(clients.requests, ['-c', 'import requests']).status === 0,
};

interface Received {
  readonly path: string;
  readonly headers: Fields;
  readonly body: Buffer;
}

const received: Received[] = [];
const http1 = createHttp1(async (request, response) => {
  const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)] as const);
  received.push({ path: request.url ?? '', headers, body: await buffer(request) });
  response.setHeader('Content-Type', 'application/json').end('{"model_name":"m","outputs":[]}');
});
const http2 = createHttp2();
http2.on('stream', async (stream, fields) => {
  const headers = Object.entries(fields).map(([name, value]) => [name, String(value)] as const);
  received.push({ path: String(fields[':path']), headers, body: await buffer(stream) });
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(Buffer.alloc(5)); // a message with nothing in it
});

async function open(server: typeof http1 | typeof http2): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What a person would say that it asks: names, shapes and values, id, parameters and outputs. */
async function meaningOf({ path, headers, body }: Received): Promise<unknown> {
  const protocol = spokenProtocol({ path, headers });
  const view: BodyView = await viewBody({
    side: 'request',
    protocol,
    path,
    headers,
    body: { bytes: body, passedBytes: body.length },
  });
  if (view.kind !== 'tensors') return { path, hex: body.toString('hex') };
  const { parameters, outputs, model_name, id, model_version } = view.about as Readonly<Record<string, object>>;
  const { binary_data_output: _ownOfClient, ...others } = (parameters ?? {}) as Readonly<Record<string, unknown>>;
  const tensors = view.tensors.map(({ name, datatype, shape, values, elements }) => ({
    name,
    datatype,
    shape,
    values,
    elements,
  }));
  const plain = { path, tensors, parameters: others, model_name, model_version, id, outputs: outputs ?? [] };
  return JSON.parse(
    JSON.stringify(plain)
      .replaceAll('"parameters":{"binary_data":false}', '"parameters":{}')
      .replaceAll(',"parameters":{}', ''),
  );
}

function asReceived({ path, headers, body }: KeptRequest): Received {
  return { path, headers, body: body?.bytes ?? Buffer.alloc(0) };
}

let [passed, failed] = [0, 0];
const urls = { http1: await open(http1), http2: await open(http2) };
for (const [name, request] of Object.entries(pythonSamples) as [string, KeptRequest][]) {
  const script = pythonOf(request, urls[request.protocol]);
  if (script === null) continue;
  const client = script.includes('tritonclient') ? 'triton' : 'requests';
  if (!available[client]) {
    console.log(
      `${name}: skipped, no ${client === 'triton' ? 'tritonclient (scripts/install-runtimes.sh)' : 'requests'}`,
    );
    continue;
  }
  received.length = 0;
  const env = { ...process.env, AUTHORIZATION: 'Bearer mine' };
  // A script that prints what an empty answer lacks may fail after it has sent: what was sent counts.
  const said = await runs(clients[client], ['-c', script], { env, timeout: 60_000 }).catch((error) =>
    String(error.stderr),
  );
  const expected = await meaningOf(asReceived(request));
  const found = received[0] === undefined ? said : await meaningOf(received[0]);
  const leftOut = script.includes('left out here');
  const same = leftOut ? received.length === 1 : isDeepStrictEqual(found, expected);
  console.log(`${name}: ${same ? 'the same' : `differs\n${JSON.stringify(expected)}\n${JSON.stringify(found)}`}`);
  if (same) passed += 1;
  else failed += 1;
}
http1.close();
http2.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
