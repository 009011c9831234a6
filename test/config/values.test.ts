import { describe, expect, it } from 'vitest';
import {
  bindAddress,
  boolean,
  bytes,
  choice,
  duration,
  fraction,
  headerName,
  integer,
  port,
  text,
  url,
} from '../../src/config/values.ts';

describe('kinds of values', () => {
  it('an integer is decimal, inside its range, nothing else', () => {
    const kind = integer({ min: 1, max: 100, unit: 'rows' });
    expect(['1', '+7', ' 100 ', '007'].map(kind.read)).toEqual([1, 7, 100, 7]);
    for (const wrong of ['0', '101', '-1', '1.0', '1e2', '0x10', '', 'ten', '1_0', '٣', '9'.repeat(40)]) {
      expect(kind.read(wrong), wrong).toBeUndefined();
    }
    expect(integer({ unit: 'seconds' }).read('-1')).toBe(-1);
  });

  it('the expectation of an integer tells its range', () => {
    expect(integer({ unit: 'n' }).expected).toBe('an integer');
    expect(integer({ min: 1, unit: 'n' }).expected).toBe('an integer >= 1');
    expect(integer({ min: 1, max: 9, unit: 'n' }).expected).toBe('an integer from 1 to 9');
  });

  it('a port is 1 to 65535, 0 only where it means something', () => {
    expect(['1', '65535', '0', '65536', '-1', 'http'].map(port().read)).toEqual([
      1,
      65_535,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(port('zero').read('0')).toBe(0);
  });

  it('a boolean is one of the words of pflag and no other', () => {
    for (const word of ['1', 't', 'T', 'TRUE', 'true', 'True']) expect(boolean.read(word), word).toBe(true);
    for (const word of ['0', 'f', 'F', 'FALSE', 'false', 'False']) expect(boolean.read(word), word).toBe(false);
    for (const word of ['yes', 'no', 'on', 'tRUE', '', '2']) expect(boolean.read(word), word).toBeUndefined();
  });

  it('bytes are a number or a Kubernetes quantity', () => {
    const kind = bytes({ min: 1_024 });
    expect(['16384', '16Ki', '16KiB', '64M', '2k', '1Gi', '2Ti', '3T', '1Pi', '1024B'].map(kind.read)).toEqual([
      16_384,
      16_384,
      16_384,
      64_000_000,
      2_000,
      2 ** 30,
      2 ** 41,
      3e12,
      2 ** 50,
      1_024,
    ]);
    for (const wrong of ['1023', '1 Ki', '-1', '1.5M', '1E', '8Pi', '1ki', '', '999999999999999Gi']) {
      expect(kind.read(wrong), wrong).toBeUndefined();
    }
  });

  it('a duration of 0 is read only where it means something', () => {
    expect(duration().read('0')).toBeUndefined();
    expect(duration('zero').read('0')).toBe(0);
    expect(duration().read('1m30s')).toBe(90_000);
  });

  it('a choice is one of its words', () => {
    const kind = choice(['all', 'request', 'response']);
    expect(kind.read('request')).toBe('request');
    expect(kind.read('Request')).toBeUndefined();
  });

  it('a URL has a known scheme and a host, and stays as it was written', () => {
    const kind = url(['http', 's3']);
    for (const good of ['http://Default-Broker', 's3://logs/Prefix', 'http://[::1]:80/?a=b']) {
      expect(kind.read(good), good).toBe(good);
    }
    for (const wrong of ['', 'ftp://a', 'sink', '//sink/', 'http:sink', 'http://', 's3:///key', 'http://a:99999']) {
      expect(kind.read(wrong), wrong).toBeUndefined();
    }
    expect(url(['http'], 'empty').read('')).toBe('');
  });

  it('a bind address is an address, a name or nothing; brackets are dropped', () => {
    expect(['', '0.0.0.0', '[::1]', 'fe80::1%eth0', 'localhost'].map(bindAddress.read)).toEqual([
      '',
      '0.0.0.0',
      '::1',
      'fe80::1%eth0',
      'localhost',
    ]);
    expect(bindAddress.read('http://localhost')).toBeUndefined();
  });

  it('a fraction is a number from 0 to 1', () => {
    expect(['0', '1', '0.25', '.5', '1.', ' +1e-3 ', '1e-7'].map(fraction.read)).toEqual([
      0, 1, 0.25, 0.5, 1, 0.001, 1e-7,
    ]);
    for (const wrong of ['1.01', '-0.1', '', '.', '10%', 'NaN', 'Infinity', '0x1', '1e', '0,5']) {
      expect(fraction.read(wrong), wrong).toBeUndefined();
    }
  });

  it('a header name is a token, or none', () => {
    expect(['X-No-Log', ' x ', ''].map(headerName.read)).toEqual(['X-No-Log', 'x', '']);
    for (const wrong of ['X No', 'X:', 'X-é', 'a,b']) expect(headerName.read(wrong), wrong).toBeUndefined();
  });

  it('a text is kept as it is', () => {
    expect(text('name').read(' sklearn-predictor-0 ')).toBe(' sklearn-predictor-0 ');
  });
});
