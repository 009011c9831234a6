// The runtimes behind the subjects: fixed answers, so cheap that they never hold a subject back.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Server } from './process.ts';
import type { Place, ServerSpec } from './rig.ts';
import { toolPath } from './tools.ts';

/**
 * - `small`: nginx with a fixed answer, 4 us a request (node:net: 7); does not wait for a body that comes apart from its head.
 * - `large`: nginx that reads the whole body into memory (in few reads: 1 MB costs it a third of what node:net pays), then answers.
 * - `grpc`: frames over node:net, 1-7 us a call.
 */
export interface BackendOptions {
  readonly kind: 'small' | 'large' | 'grpc';
  readonly core: number;
  readonly bodyBytes: number | null; // an infer request of another length is refused; null = any
}

export function backendSpec({ kind, core, bodyBytes }: BackendOptions): ServerSpec {
  const grpcScript = fileURLToPath(new URL('./backends/grpc.ts', import.meta.url));
  return {
    core,
    command: (place) => {
      if (kind === 'grpc') return [process.execPath, grpcScript, String(place.port)];
      return nginxCommand(place, kind === 'small' ? answerAtOnce(place, bodyBytes) : readThenAnswer(place, bodyBytes));
    },
  };
}

/** How many requests an HTTP/1.1 backend has answered, this question included: the third number of nginx's stub_status. */
export async function readReceived(backend: Server, kind: 'small' | 'large'): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${backend.port}/received`);
  const text = await response.text();
  const count = /^\s*\d+ \d+ (\d+)\s*$/m.exec(text);
  if (!response.ok || count === null) throw new Error(`the backend said ${response.status} ${text}`);
  return Math.floor(Number(count[1]) / (kind === 'large' ? 2 : 1)); // `large` asks itself once for each
}

/** nginx in one process (the worker is the master), everything that it writes in a folder of ours. */
export function nginxCommand({ folder }: Place, http: string): [string, ...string[]] {
  const file = join(folder, 'nginx.conf');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((each) => `${each}_temp_path ${folder}/${each};`)
    .join(' ');
  writeFileSync(
    file,
    `worker_processes 1; daemon off; master_process off; pid ${folder}/nginx.pid;
error_log ${folder}/error.log warn;
events { worker_connections 1024; }
http {
  access_log off; ${temporary}
  keepalive_requests 1000000000; client_max_body_size 0;
${http}
}
`,
  );
  return [toolPath('nginx'), '-p', folder, '-e', join(folder, 'error.log'), '-c', file];
}

const JSON_HEAD =
  '{"model_name":"bench","outputs":[{"name":"y","datatype":"FP32","shape":[1,4],"data":[0.1,0.2,0.3,0.4]}]';
const FIXED_ANSWER = `return 200 '${JSON_HEAD.padEnd(144)}}';`; // 145 bytes

function answerAtOnce({ port }: Place, bodyBytes: number | null): string {
  return server(port, `${lengthCheck(bodyBytes)} ${FIXED_ANSWER}`);
}

/** nginx reads a body whole only for a proxied request: it goes, without the body, to a second server in the same process. */
function readThenAnswer({ port, folder }: Place, bodyBytes: number | null): string {
  const inner = `unix:${folder}/inner.sock`;
  const strip = 'proxy_pass_request_body off; proxy_set_header Content-Length ""; proxy_set_header Connection "";';
  return `  upstream inner { server ${inner}; keepalive 128; keepalive_requests 1000000000; }
  server { listen ${inner}; default_type application/json; location / { ${FIXED_ANSWER} } }
  client_body_buffer_size 2m;
${server(port, `${lengthCheck(bodyBytes)} ${strip} proxy_http_version 1.1; proxy_pass http://inner;`)}`;
}

function lengthCheck(bodyBytes: number | null): string {
  return bodyBytes === null ? '' : `if ($content_length != ${bodyBytes}) { return 411; }`;
}

/** Anything but an infer request (a readiness probe, an event) gets an empty object. */
function server(port: number, infer: string): string {
  return `  server {
    listen 127.0.0.1:${port}; default_type application/json; client_header_buffer_size 4k;
    location = /received { stub_status; }
    location /v2/models/ { ${infer} }
    location / { return 200 '{}'; }
  }`;
}
