import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FlatHeaderBlock } from '../../src/http/header-block.ts';
import type { ProbeKind } from '../../src/metrics.ts';
import { openProbes, type ProbeAnswer, type ProbeQuestion, planProbeAnswer } from '../../src/server/probes.ts';

const KUBELET = 'kube-probe/1.29';
const ACTIVATOR = 'Knative-Activator-Probe';
const PASS = { kind: 'pass' };

function plan(question: Partial<ProbeQuestion>) {
  const nothing = { method: 'GET', userAgent: undefined, networkProbe: undefined, networkHash: undefined };
  return planProbeAnswer({ ...nothing, draining: false, ...question });
}

describe('health check requests', () => {
  it.each([KUBELET, 'kube-probe/', ACTIVATOR, 'Knative-Activator-Probe/2'])(
    'from %s ask for readiness',
    (userAgent) => {
      for (const method of ['GET', 'HEAD']) {
        expect(plan({ method, userAgent, networkProbe: 'queue' })).toEqual({ kind: 'readiness', probe: 'queue' });
        expect(plan({ method, userAgent })).toEqual({ kind: 'readiness', probe: 'kubelet' });
        expect(plan({ method, userAgent, networkProbe: '' })).toEqual({ kind: 'readiness', probe: 'kubelet' });
      }
    },
  );

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'get'])('with method %s are ordinary traffic', (method) => {
    for (const draining of [false, true]) {
      for (const networkProbe of [undefined, 'queue', 'probe', 'x']) {
        expect(plan({ method, userAgent: KUBELET, networkProbe, draining })).toEqual(PASS);
      }
    }
  });

  it.each(['kube-probe', 'Kube-Probe/1.29', 'my kube-probe/1', 'knative-activator-probe', 'curl/8', '', undefined])(
    'are not recognised by User-Agent %j',
    (userAgent) => {
      for (const networkProbe of [undefined, '', 'queue']) expect(plan({ userAgent, networkProbe })).toEqual(PASS);
    },
  );

  it('with another K-Network-Probe value are refused; the value comes back safe and short', () => {
    const body = (networkProbe: string) => {
      const planned = plan({ userAgent: KUBELET, networkProbe });
      expect(planned).toMatchObject({ kind: 'answer', status: 400 });
      return 'body' in planned ? planned.body : '';
    };
    expect(body('probe')).toBe('unexpected probe header value: probe\n');
    expect(body('a\r\nb\u0000\u001b[31m\u00e9')).toBe('unexpected probe header value: a??b??[31m?\n');
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 1000 }), (value) => {
        fc.pre(value !== 'queue');
        expect(body(value)).toMatch(/^unexpected probe header value: [\x20-\x7e]{1,256}\n$/);
      }),
      { verbose: 1 },
    );
  });

  it('are told to go while draining, whatever K-Network-Probe says', () => {
    for (const networkProbe of [undefined, 'queue', 'probe', 'x']) {
      expect(plan({ userAgent: ACTIVATOR, networkProbe, draining: true })).toEqual({
        kind: 'answer',
        probe: networkProbe === undefined ? 'kubelet' : 'queue',
        status: 503,
        headers: ['Content-Type', 'text/plain; charset=utf-8', 'X-Content-Type-Options', 'nosniff'],
        body: 'shutting down\n',
      });
    }
  });
});

describe('network probes', () => {
  it('get their hash back', () => {
    const answer = { kind: 'answer', probe: 'network', status: 200, headers: ['K-Network-Hash', 'abc'], body: '' };
    for (const method of ['GET', 'HEAD', 'POST']) {
      expect(plan({ method, userAgent: 'Go-http-client/1.1', networkProbe: 'probe', networkHash: 'abc' })).toEqual(
        answer,
      );
    }
    expect(plan({ networkProbe: 'probe', networkHash: 'abc' })).toEqual(answer);
  });

  it.each([undefined, '', 'a\nb', 'x'.repeat(257)])('with hash %j are refused', (networkHash) => {
    expect(plan({ networkProbe: 'probe', networkHash })).toMatchObject({
      status: 400,
      body: 'a network probe must carry a non-empty K-Network-Hash header\n',
    });
  });

  it('are told to go while draining, with a hash or without', () => {
    for (const networkHash of [undefined, 'abc']) {
      const planned = plan({ networkProbe: 'probe', networkHash, draining: true });
      expect(planned).toMatchObject({ status: 503, body: 'shutting down\n', probe: 'network' });
    }
  });

  it.each(['Probe', 'probe ', 'queue', 'activator', ''])('are not recognised by K-Network-Probe %j', (networkProbe) => {
    expect(plan({ networkProbe, networkHash: 'abc', userAgent: 'curl/8' })).toEqual(PASS);
  });
});

describe('openProbes', () => {
  function open({ ready = true, draining = (): boolean => false } = {}) {
    let runs = 0;
    const counted: ProbeKind[] = [];
    const check = () => {
      runs += 1;
      return Promise.resolve({ ready });
    };
    const probes = openProbes({ readiness: { check }, draining, countProbe: (kind) => counted.push(kind) });
    const ask = (fields: Record<string, string>, method = 'GET') => {
      const headers = new FlatHeaderBlock(Object.entries(fields).flat());
      const [userAgent, networkProbe] = [headers.get('user-agent'), headers.get('k-network-probe')];
      return probes.answer({ method, userAgent, networkProbe, headers });
    };
    return { ask, counted, runs: () => runs };
  }

  function read(answer: ProbeAnswer | null) {
    if (answer === null) return null;
    return [answer.status, Buffer.from(answer.body).toString(), Object.fromEntries(answer.headers)];
  }

  it('leaves ordinary traffic alone: null at once, no header looked up, nothing asked of the runtime', () => {
    const { ask, counted, runs } = open();
    expect(ask({})).toBeNull();
    expect(ask({ 'User-Agent': 'python-requests/2' })).toBeNull();
    expect(ask({ 'User-Agent': KUBELET }, 'POST')).toBeNull();
    expect(ask({ 'K-Network-Probe': 'queue' })).toBeNull();
    const probes = openProbes({ readiness: { check: () => Promise.reject() }, draining: () => true });
    const headers = {
      get: () => {
        throw new Error('looked up');
      },
    };
    expect(probes.answer({ method: 'GET', userAgent: 'curl/8', networkProbe: undefined, headers })).toBeNull();
    expect([counted, runs()]).toEqual([[], 0]);
  });

  it('answers `queue` when the runtime is ready, an empty 503 when not', async () => {
    const text = 'text/plain; charset=utf-8';
    const fields = { 'User-Agent': KUBELET, 'K-Network-Probe': 'queue' };
    expect(read(await open().ask(fields))).toEqual([200, 'queue', { 'Content-Type': text, 'Content-Length': '5' }]);
    expect(read(await open({ ready: false }).ask(fields))).toEqual([503, '', { 'Content-Length': '0' }]);
  });

  it('gives HEAD the same head without a body', async () => {
    const answer = read(await open().ask({ 'User-Agent': KUBELET }, 'HEAD'));
    expect(answer).toEqual([200, '', { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': '5' }]);
  });

  it('says `shutting down` when SIGTERM comes while the runtime is asked', async () => {
    let draining = false;
    const { ask } = open({ draining: () => draining });
    const answer = ask({ 'User-Agent': KUBELET });
    draining = true;
    expect(read(await answer)?.slice(0, 2)).toEqual([503, 'shutting down\n']);
  });

  it('counts each probe by kind, once, also without an answer from the runtime', async () => {
    const { ask, counted, runs } = open({ ready: false });
    await ask({ 'User-Agent': KUBELET });
    await ask({ 'User-Agent': ACTIVATOR, 'K-Network-Probe': 'queue' });
    await ask({ 'K-Network-Probe': 'probe', 'K-Network-Hash': 'h' });
    await ask({ 'K-Network-Probe': 'probe' });
    expect(counted).toEqual(['kubelet', 'queue', 'network', 'network']);
    expect(runs()).toBe(2);
  });
});
