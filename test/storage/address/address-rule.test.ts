import { describe, expect, it } from 'vitest';
import { addressRefusal, reachOf, readAllowAddresses } from '../../../src/storage/address/address-rule.ts';
import type { Reach } from '../../../src/storage/object-store.ts';
import { spellings } from './address-spellings.ts';

const none = readAllowAddresses([]);

describe('a host that is configured', () => {
  it.each(['minio', 'example.com', '10.0.0.1', '169.254.169.254', '8.8.8.8'])('reaches anywhere: %s', (host) => {
    expect(reachOf(host, { configured: true })).toBe('anywhere');
  });
});

describe('a host that is written in a URI', () => {
  it.each([
    ...[
      'localhost',
      'LOCALHOST.',
      'minio',
      'minio.local',
      'a.localhost',
      'minio.default.svc',
      'minio.default.svc.cluster.local',
    ],
    ...[
      'nas.home.arpa',
      'metadata.google.internal',
      'nexus.corp',
      'box.lan',
      'Minio.Default.SVC',
      '10.0.0.1',
      '127.1',
      '[::1]',
      'fd00::1',
    ],
    ...['100.64.0.1', '::ffff:192.168.0.1', '0.0.0.0'],
  ])('is private on the face of it: %s', (host) => {
    expect(reachOf(host, { configured: false })).toBe('anywhere');
  });

  it.each([
    ...[
      'example.com',
      'huggingface.co',
      'minio.svc.evil.com',
      'local.evil.com',
      'evil-local.com',
      'example.notlocal',
      'example.x-svc',
      'evil.svc.com',
    ],
    ...[
      'localhost.evil.com',
      'xlocal.com',
      '10.0.0.1.nip.io',
      'a.internal.com',
      '8.8.8.8',
      '2606:4700::1111',
      '169.254.169.254',
    ],
    ...['fe80::1', '198.18.0.1', '::ffff:8.8.8.8', 'fd00:ec2::254'],
  ])('is public: %s', (host) => {
    expect(reachOf(host, { configured: false })).toBe('public');
  });
});

describe('the rule', () => {
  const refused = (host: string, reach: Reach): boolean => refusal(host, reach) !== null;

  it.each(spellings.guarded)('always refuses %s', (host) => {
    expect([refused(host, 'anywhere'), refused(host, 'public')]).toEqual([true, true]);
  });

  it.each([...spellings.local, ...spellings.special])('refuses %s to a public host only', (host) => {
    expect([refused(host, 'anywhere'), refused(host, 'public')]).toEqual([false, true]);
  });

  it.each(spellings.public)('has nothing against %s', (host) => {
    expect([refused(host, 'anywhere'), refused(host, 'public')]).toEqual([false, false]);
  });

  it('refuses what is no address', () => {
    expect(addressRefusal({ host: 'h', address: 'x', reach: 'anywhere', allow: none })).not.toBeNull();
  });

  it('says host, address and remedy', () => {
    const text = addressRefusal({ host: 'evil.example', address: '10.0.0.7', reach: 'public', allow: none });
    expect(text).toMatch(/^evil\.example resolves to 10\.0\.0\.7 .*--allow-addresses=10\.0\.0\.7$/);
    expect(refusal('0x7f.1', 'public')).toMatch(/^0x7f\.1 is an address .*--allow-addresses=127\.0\.0\.1$/);
  });
});

describe('--allow-addresses', () => {
  it.each([
    ['169.254.169.254', '169.254.169.254'],
    ['169.254.169.254', '::ffff:169.254.169.254'],
    ['169.254.169.254', '64:ff9b::a9fe:a9fe'],
    ['10.0.0.0/8', '10.1.2.3'],
    ['10.0.0.0/8', '0xa010203'],
    ['0.0.0.0/0', '169.254.169.254'],
    ['fd00::/8', 'fd00:ec2::254'],
    ['::/0', 'fe80::1%eth0'],
    ['::/0', '10.0.0.1'],
    ['fe80::1', '[fe80::1]'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
  ])('%s lets %s be reached', (entry, host) => {
    expect(refusal(host, 'public')).not.toBeNull();
    expect(refusal(host, 'public', ['192.0.2.1', entry])).toBeNull();
  });

  it.each([
    ['169.254.169.254', '169.254.169.253'],
    ['10.0.0.0/9', '10.128.0.1'],
    ['0.0.0.0/0', 'fd00:ec2::254'],
    ['fd00::/16', 'fd01::1'],
  ])('%s does not let %s be reached', (entry, host) => {
    expect(refusal(host, 'public', [entry])).not.toBeNull();
  });
});

function refusal(host: string, reach: Reach, allow: readonly string[] = []): string | null {
  return addressRefusal({ host, address: host, reach, allow: readAllowAddresses(allow) });
}
