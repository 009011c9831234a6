import { describe, expect, it } from 'vitest';
import type { KeptEvent } from '../../../src/logger/blob/kept-event.ts';
import { objectName, suffixOf } from '../../../src/logger/blob/object-name.ts';

function named(attributes: Readonly<Record<string, string>>, kind: KeptEvent['kind'] = 'request'): KeptEvent {
  return { kind, fixed: [], attributes: Object.entries(attributes).flat(), contentType: null, data: Buffer.alloc(0) };
}

const names = { namespace: 'lab', inferenceservicename: 'iris', component: 'predictor' };

describe('the name of an object', () => {
  it('is the prefix, the service, the path and the first event', () => {
    const place = { path: 'a/b', storePath: 'p/q' };
    expect(objectName(named({ id: 'e', ...names }), place)).toBe('a/b/lab/iris/predictor/p/q/e-request');
    expect(objectName(named({ id: 'e', ...names }, 'response'), place)).toMatch(/\/e-response$/);
  });

  it('leaves out what is empty, and has no slash in front', () => {
    expect(objectName(named({ id: 'e' }), { path: '', storePath: '' })).toBe('e-request');
    expect(objectName(named({ id: 'e', component: 'c' }), { path: 'a', storePath: '//p/./' })).toBe('a/c/p/e-request');
  });

  it('has the id of the exchange, where events have ids of their own', () => {
    const event = named({ id: 'e-request', exchangeid: 'e' });
    expect(objectName(event, { path: '', storePath: '' })).toBe('e-request');
  });

  it.each([
    ['../../etc/passwd', '..%2F..%2Fetc%2Fpasswd-request'],
    ['a\\b', 'a%5Cb-request'],
    ['a\nb\0', 'a%0Ab%00-request'],
    ['é ü?#%', 'é ü?#%-request'],
    ['\ud800', '\ufffd-request'],
  ])('stays one part of a path, whatever a client calls itself: %j', (id, name) => {
    expect(objectName(named({ id }), { path: 'logs', storePath: '' })).toBe(`logs/${name}`);
  });

  it('is never longer than a store takes, and long ones that begin alike stay apart', () => {
    const place = { path: 'x'.repeat(300), storePath: '' };
    const [one, other] = ['1', '2'].map((end) => objectName(named({ id: `${'🙂'.repeat(255)}${end}` }), place));
    expect(one).not.toBe(other);
    for (const name of [one!, other!]) {
      expect(Buffer.byteLength(`${name}-${suffixOf(Buffer.from(''))}.parquet`)).toBeLessThanOrEqual(1024);
      expect(name.isWellFormed()).toBe(true);
    }
  });
});
