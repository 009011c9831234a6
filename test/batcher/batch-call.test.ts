import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { AnswerDress } from '../../src/batcher/answer/answer-dress.ts';
import { MemberReruns } from '../../src/batcher/answer/member-reruns.ts';
import { Batch } from '../../src/batcher/batch.ts';
import { type BatchCallParts, callRuntime } from '../../src/batcher/batch-call.ts';
import type { FinishedCall } from '../../src/batcher/batch-queue.ts';
import { openKeyHeaders } from '../../src/batcher/key-headers.ts';
import type { Member } from '../../src/batcher/member.ts';
import type { Handler, ProxyRequest, ProxyResponse } from '../../src/http/exchange.ts';
import { FlatHeaderBlock, noFields } from '../../src/http/header-block.ts';
import {
  batcherConfig,
  bodyText,
  inferMember,
  openQueue,
  rowsOf,
  silentLog,
  textResponse,
} from '../support/members.ts';

const answerOf = (rows: number): string =>
  `{"outputs":[{"name":"y","shape":[${rows},1],"datatype":"INT32","data":[${Array.from({ length: rows }, (_, row) => row + 10)}]}]}`;

function open(members: readonly Member[], next: Handler) {
  const { queue } = openQueue(() => Promise.reject(new Error('nothing is queued')));
  return { call: callRuntime(new Batch(members, queue), partsOver(next)), queue };
}

function partsOver(next: Handler): BatchCallParts {
  const dress = new AnswerDress(batcherConfig);
  const doubtLimits = () => undefined;
  const reruns = new MemberReruns({ rerun: true, next, dress, log: silentLog, doubtLimits });
  return { next, keyHeaders: openKeyHeaders(null), dress, reruns, doubtLimits };
}

async function answers(members: readonly Member[], next: Handler): Promise<FinishedCall> {
  const finished = await open(members, next).call;
  finished.giveAnswers();
  return finished;
}

const bodies = async (members: readonly Member[]) =>
  Promise.all(members.map(async ({ response }) => bodyText(await response)));

function streamed(body: Readable, status = 200): ProxyResponse {
  return { status, headers: noFields, body, trailers: null };
}

describe('a lone member', () => {
  it('is sent as it came, and gets the very answer', async () => {
    const member = inferMember(2);
    const sent: ProxyRequest[] = [];
    const response = textResponse('anything at all', 201, ['X', 'y']);
    const { ok } = await answers([member], async (request) => {
      sent.push(request);
      return response;
    });
    expect(ok).toBe(true);
    expect(sent).toEqual([member.request]);
    expect(await member.response).toBe(response);
  });

  it.each([404, 500, 503])('is asked for once, also when it is %d', async (status) => {
    let calls = 0;
    const member = inferMember(1);
    const { ok } = await answers([member], async () => {
      calls += 1;
      return textResponse('no', status);
    });
    expect([ok, calls, (await member.response).status]).toEqual([false, 1, status]);
  });

  it('gets a stream at once; the call is over at its end', async () => {
    const body = new Readable({ read: () => undefined });
    const member = inferMember(1);
    const { call } = open([member], async () => streamed(body));
    expect((await member.response).body).toBe(body);
    let over = false;
    void call.then(() => {
      over = true;
    });
    body.push('a');
    await new Promise(setImmediate);
    expect(over).toBe(false);
    body.push(null);
    body.resume();
    expect((await call).ok).toBe(true);
  });

  it('that does not read its stream ends the call all the same', async () => {
    const body = new Readable({ read: () => undefined });
    const member = inferMember(1);
    const { call } = open([member], async () => streamed(body));
    await member.response;
    body.resume();
    body.pause();
    expect((await call).ok).toBe(true);
  });

  it('whose stream has ended before anybody listened ends the call', async () => {
    const body = new Readable({ read: () => undefined }).on('error', () => undefined);
    body.destroy(new Error('broke'));
    await new Promise((resolve) => body.once('close', resolve));
    const { call } = open([inferMember(1)], async () => streamed(body));
    expect((await call).ok).toBe(true);
  });
});

describe('several members', () => {
  it('get their rows of one answer', async () => {
    const members = [inferMember(1), inferMember(2, {}, rowsOf(2, 'b'))];
    const sent: ProxyRequest[] = [];
    const { ok } = await answers(members, async (request) => {
      sent.push(request);
      return textResponse(answerOf(3));
    });
    expect(ok).toBe(true);
    expect(bodyText(sent[0] as ProxyRequest)).toBe(
      '{"inputs":[{"name":"x","shape":[3,1],"datatype":"INT32","data":[0,0,1]}]}',
    );
    expect(await bodies(members)).toEqual([
      answerOf(1),
      '{"id":"b","outputs":[{"name":"y","shape":[2,1],"datatype":"INT32","data":[11,12]}]}',
    ]);
    expect(sent[0]?.cancellation.cancelled).toBe(false); // answered, not left
  });

  it('send an id once the key has learned that the runtime needs one, and none of them gets it', async () => {
    const members = [inferMember(1), inferMember(1)];
    let sent = '';
    const { queue, call } = open(members, async (request) => {
      sent = bodyText(request);
      return textResponse(answerOf(2));
    });
    await call;
    expect(sent).not.toContain('"id"');
    queue.health.failedTogether({ nowMs: 0, rows: 2, allWorkedAlone: true, allHaveIds: true, sentId: false });
    const others = [inferMember(1), inferMember(1, {}, rowsOf(1, 'b'))];
    const next: Handler = async (request) => {
      sent = bodyText(request);
      return textResponse(answerOf(2).replace('{', `{"id":${/"id":("[^"]+")/.exec(sent)?.[1]},`));
    };
    (await callRuntime(new Batch(others, queue), partsOver(next))).giveAnswers();
    expect(sent).toMatch(/^\{"id":"[0-9a-f-]{36}","inputs"/);
    const [first, second] = await bodies(others);
    expect(first).not.toContain('"id"');
    expect(second).toContain('"id":"b"');
  });

  it('all get what is about the model or the load', async () => {
    const members = [inferMember(1), inferMember(1)];
    const { ok } = await answers(members, async () => textResponse('busy', 503, ['Retry-After', '1']));
    expect(ok).toBe(false);
    for (const { response } of members) {
      const { status, headers } = await response;
      expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    }
  });

  it('all get the error of a call that fails', async () => {
    const members = [inferMember(1), inferMember(1)];
    const error = new Error('refused');
    const { ok } = await answers(members, () => Promise.reject(error));
    expect(ok).toBe(false);
    for (const { response } of members) await expect(response).rejects.toBe(error);
  });

  it('who left gets nothing, the others theirs', async () => {
    const members = [inferMember(1), inferMember(1)];
    const { call } = open(members, async () => textResponse(answerOf(2)));
    const finished = await call;
    members[0]?.reject(new Error('left'));
    finished.giveAnswers();
    expect(bodyText(await (members[1] as Member).response)).toContain('[11]');
  });
});

describe('the memory of several members', () => {
  const large = rowsOf(1).replace('[0]', `[0.${'0'.repeat(200_000)}]`);

  async function spentOf(next: Handler): Promise<boolean[]> {
    const members = [inferMember(1, {}, large), inferMember(1, {}, large)];
    const spent = members.map(() => false);
    for (const [index, member] of members.entries()) {
      member.onSpent(() => {
        spent[index] = true;
      });
    }
    const { call } = open(members, next);
    members[0]?.reject(new Error('left'));
    const finished = await call;
    expect(spent).toEqual([false, false]);
    finished.giveAnswers();
    await members[1]?.response.catch(() => undefined);
    return spent;
  }

  const readAll = async ({ body }: ProxyRequest): Promise<void> => {
    for await (const _part of body as Readable);
  };

  it('is over when the runtime read the batch and answered for all its rows, also that of who left', async () => {
    const spent = await spentOf(async (request) => {
      await readAll(request);
      return textResponse(answerOf(2));
    });
    expect(spent).toEqual([true, true]);
  });

  it('is not when the answer came before the batch was sent', async () => {
    expect(await spentOf(async () => textResponse(answerOf(2)))).toEqual([false, false]);
  });

  it.each([
    ['cannot be split', textResponse(answerOf(1))],
    ['is a failure', textResponse('no', 500)],
    ['is about the load', textResponse('busy', 503)],
  ])('is not when the answer %s', async (_what, answer) => {
    const spent = await spentOf(async (request) => {
      if (!(request.body instanceof Uint8Array)) await readAll(request);
      return answer;
    });
    expect(spent).toEqual([false, false]);
  });
});

describe('a fault of ours', () => {
  const strange = rowsOf(1).replace('"x"', '"z"'); // of another key: they never meet in a queue

  it('amid the merging is the answer of every member', async () => {
    const members = [inferMember(1), inferMember(1, {}, strange)];
    await answers(members, async () => textResponse(answerOf(2)));
    for (const { response } of members) await expect(response).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it('amid the answers is the answer of those that have none yet', async () => {
    const members = [inferMember(1), inferMember(1), inferMember(1)];
    members[1]?.onSettled(() => {
      throw new Error('a fault');
    });
    await answers(members, async () => textResponse(answerOf(3)));
    expect(bodyText(await (members[0] as Member).response)).toContain('[10]');
    expect(bodyText(await (members[1] as Member).response)).toContain('[11]');
    await expect((members[2] as Member).response).rejects.toThrow('a fault');
  });

  it('amid a head is no unhandled rejection', async () => {
    const headers = new FlatHeaderBlock([]);
    headers.get = () => {
      throw new Error('a fault');
    };
    const members = [inferMember(1), inferMember(1)];
    await answers(members, async () => ({ ...textResponse(answerOf(2)), headers }));
    for (const { response } of members) await expect(response).rejects.toThrow('a fault');
  });
});
