import { expect, it } from 'vitest';
import {
  compose,
  type Handler,
  type Middleware,
  type ProxyRequest,
  type ProxyResponse,
} from '../../src/http/exchange.ts';
import { noFields } from '../../src/http/header-block.ts';

it('a request meets the stages in the order of the list; null is a stage switched off', async () => {
  const met: string[] = [];
  const stage =
    (name: string): Middleware =>
    (next) =>
    (request) => {
      met.push(name);
      return next(request);
    };
  const answer: ProxyResponse = { status: 200, headers: noFields, body: new Uint8Array(0), trailers: null };
  const last: Handler = async () => {
    met.push('last');
    return answer;
  };
  const handle = compose([stage('a'), null, stage('b')], last);
  expect(await handle({} as ProxyRequest)).toBe(answer);
  expect(met).toEqual(['a', 'b', 'last']);
});
