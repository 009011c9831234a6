import { expect, it } from 'vitest';
import { mergeMembers, splitAnswer } from '../../../src/batcher/merge/merge-members.ts';
import { inferMember, predictMember, rowsOf } from '../../support/members.ts';
import { blockOf } from '../../support/merge-texts.ts';

const textOf = (body: Parameters<typeof blockOf>[0]): string => blockOf(body).toString();
const split = (members: Parameters<typeof mergeMembers>[0], answer: string, sentId: string | null = null) =>
  splitAnswer({ members, body: Buffer.from(answer), headerLength: undefined, sentId })?.map(textOf) ?? null;

it('members of V2 are merged as V2, with an id if one is to be sent', () => {
  const members = [inferMember(1), inferMember(2)];
  const inputs = '"inputs":[{"name":"x","shape":[3,1],"datatype":"INT32","data":[0,0,1]}]}';
  expect(textOf(mergeMembers(members, null))).toBe(`{${inputs}`);
  expect(textOf(mergeMembers(members, '"u"'))).toBe(`{"id":"u",${inputs}`);
});

it('members of V1 are merged as V1, which has no ids', () => {
  const members = [predictMember('{"instances":[1,{"a":2}],"k":0}'), predictMember('{ "k":0,"instances":[3]}')];
  expect(textOf(mergeMembers(members, '"u"'))).toBe('{"instances":[1,{"a":2},3],"k":0}');
  expect(split(members, '{"predictions":[10,20,30]}')).toEqual(['{"predictions":[10,20]}', '{"predictions":[30]}']);
});

it('each member gets its rows and its id, and nobody the one that we sent', () => {
  const members = [inferMember(1, {}, rowsOf(1, 'a')), inferMember(1)];
  const answer = '{"id":"u","outputs":[{"name":"y","shape":[2,1],"datatype":"INT32","data":[5,6]}]}';
  const [first, second] = split(members, answer, '"u"') as string[];
  expect(first).toBe('{"id":"a","outputs":[{"name":"y","shape":[1,1],"datatype":"INT32","data":[5]}]}');
  expect(second).toBe('{"outputs":[{"name":"y","shape":[1,1],"datatype":"INT32","data":[6]}]}');
});

it.each(['', 'no JSON', '{"outputs":[]}', '{"error":"x"}', '[]'])('%j is nobody’s answer', (answer) => {
  expect(split([inferMember(1), inferMember(1)], answer)).toBeNull();
  expect(split([predictMember('{"instances":[1]}'), predictMember('{"instances":[1]}')], answer)).toBeNull();
});

it('an answer without an output that was asked for is nobody’s', () => {
  const json = rowsOf(1).replace('}]}', '}],"outputs":[{"name":"z"}]}');
  const answer = '{"outputs":[{"name":"y","shape":[2,1],"datatype":"INT32","data":[5,6]}]}';
  expect(split([inferMember(1, {}, json), inferMember(1, {}, json)], answer)).toBeNull();
});
