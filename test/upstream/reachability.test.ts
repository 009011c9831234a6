import { expect, it } from 'vitest';
import { Reachability } from '../../src/upstream/reachability.ts';

const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

it('before the first connection a refusal means: not started yet', () => {
  const failure = new Reachability().connectFailure('127.0.0.1:8080', refused);
  expect(failure).toMatchObject({ code: 'UPSTREAM_NOT_STARTED', httpStatus: 503, cause: refused });
  expect(failure.message).toContain('127.0.0.1:8080');
});

it('after a connection it means: gone', () => {
  const reachability = new Reachability();
  reachability.markReached();
  expect(reachability.connectFailure('127.0.0.1:8080', refused)).toMatchObject({
    code: 'UPSTREAM_UNREACHABLE',
    httpStatus: 502,
  });
});
