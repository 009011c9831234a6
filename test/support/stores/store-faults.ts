// How does a store misbehave? Each fault alters the answers of the S3 server of tests for some requests, then is over.
import type { ServerResponse } from 'node:http';
import { errorAnswer, type S3Answer } from './s3-answers.ts';
import type { Alter, S3Request } from './s3-server.ts';

export const isBody = ({ method, key }: S3Request): boolean => method === 'GET' && key !== '';

/** The first `times` answers with bytes of an object are spoilt. */
export function spoil(times: number, how: (answer: S3Answer, response: ServerResponse) => S3Answer | null): Alter {
  let left = times;
  return (request, answer, response) => {
    if (!isBody(request) || answer.status >= 300 || left === 0) return answer;
    left -= 1;
    return how(answer, response);
  };
}

export function flipped(body: Buffer): Buffer {
  const copy = Buffer.from(body);
  copy[body.length >> 1]! ^= 1;
  return copy;
}

function send(response: ServerResponse, { status, headers }: S3Answer, bytes: number): void {
  response.writeHead(status, { ...headers, 'content-length': String(bytes) });
}

export interface StoreFault {
  readonly name: string;
  /** `bodyOf`: what a key has, whole. */
  readonly alter: (bodyOf: (key: string) => Buffer) => Alter;
}

/** A pull gets over each of them. */
export const storeFaults: readonly StoreFault[] = [
  {
    name: 'cuts bodies short',
    alter: () =>
      spoil(3, (answer, response) => {
        send(response, answer, answer.body.length);
        response.write(answer.body.subarray(0, answer.body.length - 7));
        setTimeout(() => response.socket?.end(), 5);
        return null;
      }),
  },
  {
    name: 'resets in the middle of bodies',
    alter: () =>
      spoil(3, (answer, response) => {
        send(response, answer, answer.body.length);
        response.write(answer.body.subarray(0, answer.body.length >> 1), () => response.socket?.resetAndDestroy());
        return null;
      }),
  },
  {
    name: 'stalls in the middle of a body',
    alter: () =>
      spoil(2, (answer, response) => {
        send(response, answer, answer.body.length);
        response.write(answer.body.subarray(0, 100));
        return null;
      }),
  },
  { name: 'says nothing at all', alter: () => spoil(2, () => null) },
  {
    name: 'sends a wrong Content-Length',
    alter: () => spoil(2, (answer) => ({ ...answer, body: answer.body.subarray(1) })),
  },
  {
    name: 'sends another range',
    alter: () =>
      spoil(2, (answer) => {
        const range = answer.headers['content-range'];
        if (range === undefined) return errorAnswer(500, 'InternalError');
        return { ...answer, headers: { ...answer.headers, 'content-range': range.replace(/\d+-/, '1-') } };
      }),
  },
  {
    name: 'answers 503 in a burst',
    alter: () => spoil(5, () => errorAnswer(503, 'SlowDown', { headers: { 'retry-after': '0' } })),
  },
  { name: 'answers 500 now and then', alter: () => spoil(3, () => errorAnswer(500, 'InternalError')) },
  { name: 'flips a bit', alter: () => spoil(1, (answer) => ({ ...answer, body: flipped(answer.body) })) },
  {
    name: 'ignores Range',
    alter: (bodyOf) => (request, answer) => {
      if (!isBody(request) || answer.status !== 206) return answer;
      const { 'content-range': _, ...headers } = answer.headers;
      return { status: 200, headers, body: bodyOf(request.key) };
    },
  },
];
