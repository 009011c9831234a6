// The HTTP/1.1 reference: nginx as a proxy with one worker, configured so that nothing but proxying costs it time.

import { nginxCommand } from './backends.ts';
import { SUBJECT_CORE, type Subject } from './subjects.ts';

/**
 * `bodies`: small ones are buffered, as nginx does by default (16 KB buffer); large ones are streamed in steps of 64 KB, since a
 * default nginx would write each of them to a file first. Keep-alive has no limit of requests on either side.
 */
export function nginx(bodies: 'small' | 'large'): Subject {
  const buffering = bodies === 'large' ? 'proxy_request_buffering off; client_body_buffer_size 64k;' : '';
  return {
    name: 'nginx',
    isReference: true,
    spec: (backend) => ({
      core: SUBJECT_CORE,
      command: (place) =>
        nginxCommand(
          place,
          `  ${buffering}
  upstream runtime { server 127.0.0.1:${backend?.port}; keepalive 128; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${place.port};
    location / { proxy_pass http://runtime; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }`,
        ),
    }),
  };
}
