import { expect, it } from 'vitest';
import { readIpAddress } from '../../../src/storage/address/ip-address.ts';

it.each([
  ['10.1', '10.0.0.1', 'ipv4'],
  ['[2001:DB8::0:1]', '2001:db8::1', 'ipv6'],
  ['::ffff:1.2.3.4', '::ffff:102:304', 'ipv6'],
  ['fe80::1%lo', 'fe80::1', 'ipv6'],
  ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8', 'ipv6'],
])('%s is %s', (host, text, family) => {
  expect(readIpAddress(host)).toMatchObject({ text, family });
});

it.each([
  ['::ffff:1.2.3.4', ['1.2.3.4']],
  ['2002:102:304::', ['1.2.3.4']],
  ['2001:0:102:304::fefd:fcfb', ['1.2.3.4', '1.2.3.4']],
  ['64:ff9b:1:102:3:400::', ['1.2.3.4', '2.3.4.0', '3.4.0.0', '0.0.0.0']],
  ['2001:db8::1.2.3.4', []],
  ['::1', []],
  ['1.2.3.4', []],
])('%s stands for %j', (host, embedded) => {
  expect(readIpAddress(host)?.embedded).toEqual(embedded);
});

it.each([
  ...[
    '',
    'localhost',
    'example.com',
    '1.2.3.4.example.com',
    '256.1.1.1',
    '1.2.3.4.5',
    '1.2.3.4:80',
    '::g',
    ':::',
    '1::2::3',
    '[::1',
    'a/b',
  ],
  ...['10.0.0.1/8', 'user@10.0.0.1', '10.0.0.1#', '10.0.0.1?', '08.0.0.1x', '%31', 'é', '-1'],
])('%s is no address', (host) => {
  expect(readIpAddress(host)).toBeNull();
});
