import { expect, it } from 'vitest';
import { awaitedBy } from '../../../src/batcher/merge/awaited-call.ts';
import { inferMember, textResponse } from '../../support/members.ts';

it('a call is cancelled when the last of its members has left, not before', () => {
  const members = [inferMember(1), inferMember(1), inferMember(1)];
  const { cancellation } = awaitedBy(members);
  members[0]?.reject(new Error('left'));
  members[2]?.reject(new Error('left'));
  expect(cancellation.cancelled).toBe(false);
  members[1]?.reject(new Error('left'));
  expect(cancellation.cancelled).toBe(true);
});

it('members that had left before do not count', () => {
  const members = [inferMember(1), inferMember(1)];
  members[0]?.reject(new Error('left'));
  const { cancellation } = awaitedBy(members);
  expect(cancellation.cancelled).toBe(false);
  members[1]?.reject(new Error('left'));
  expect(cancellation.cancelled).toBe(true);
});

it('a call whose answer is here is not cancelled by giving it out', () => {
  const members = [inferMember(1), inferMember(1)];
  const { cancellation, callEnded } = awaitedBy(members);
  callEnded();
  for (const member of members) member.resolve(textResponse('{}'));
  expect(cancellation.cancelled).toBe(false);
});
