import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Cancellation } from '../../src/http/cancellation.ts';
import { noFields } from '../../src/http/header-block.ts';
import { inferMember, textResponse } from '../support/members.ts';

const withCode = (code: string) => expect.objectContaining({ code });

describe('a member', () => {
  it('is answered once: the first answer counts', async () => {
    const member = inferMember(1);
    member.resolve(textResponse('first'));
    member.resolve(textResponse('second'));
    member.reject(new Error('third'));
    expect(member.settled).toBe(true);
    expect((await member.response).body).toEqual(Buffer.from('first'));
  });

  it('lets go of a stream that comes too late', () => {
    const member = inferMember(1);
    member.reject(new Error('gone'));
    const body = new Readable({ read: () => undefined });
    member.resolve({ status: 200, headers: noFields, body, trailers: null });
    expect(body.destroyed).toBe(true);
  });

  it('tells its listeners once that it is settled', () => {
    const member = inferMember(1);
    const told: string[] = [];
    member.onSettled(() => told.push('a'));
    member.onSettled(() => told.push('b'));
    member.resolve(textResponse(''));
    member.reject(new Error('late'));
    expect(told).toEqual(['a', 'b']);
  });

  it('has its answer even if a listener fails', async () => {
    const member = inferMember(1);
    member.onSettled(() => {
      throw new Error('a fault of ours');
    });
    expect(() => member.resolve(textResponse('mine'))).toThrow('a fault of ours');
    expect((await member.response).body).toEqual(Buffer.from('mine'));
  });

  it('ends when its client leaves', async () => {
    const cancellation = new Cancellation();
    const member = inferMember(1, { cancellation });
    cancellation.cancel();
    await expect(member.response).rejects.toEqual(withCode('CLIENT_GONE'));
  });
});

describe('a member with a grpc-timeout', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const headers = ['Grpc-Timeout', '250m'];

  it('is 504 when the time is over, and its own call is cancelled', async () => {
    const cancellation = new Cancellation();
    const member = inferMember(1, { headers, cancellation });
    vi.advanceTimersByTime(249);
    expect([member.settled, member.request.cancellation.cancelled]).toEqual([false, false]);
    vi.advanceTimersByTime(1);
    await expect(member.response).rejects.toEqual(withCode('UPSTREAM_TIMEOUT'));
    expect(member.request.cancellation.cancelled).toBe(true);
    expect(cancellation.cancelled).toBe(false); // nobody left
  });

  it('leaves no timer behind when it is answered', () => {
    const member = inferMember(1, { headers });
    expect(vi.getTimerCount()).toBe(1);
    member.resolve(textResponse(''));
    expect(vi.getTimerCount()).toBe(0);
    expect(member.request.cancellation.cancelled).toBe(false);
  });

  it('ends as any other when its client leaves first', async () => {
    const cancellation = new Cancellation();
    const member = inferMember(1, { headers, cancellation });
    cancellation.cancel();
    await expect(member.response).rejects.toEqual(withCode('CLIENT_GONE'));
    expect(member.request.cancellation.cancelled).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});
