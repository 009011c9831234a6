import { expect, it } from 'vitest';
import { addresses } from '../../src/config/addresses.ts';
import { readAllowAddresses } from '../../src/storage/address/address-rule.ts';

it.each([
  ['10.0.0.5', ['10.0.0.5']],
  [' 10.0.0.0/8 , fd00::/8,::1 ', ['10.0.0.0/8', 'fd00::/8', '::1']],
  ['0.0.0.0/0,::/0,1.2.3.4/32,::1/128', ['0.0.0.0/0', '::/0', '1.2.3.4/32', '::1/128']],
  ['::ffff:10.0.0.1', ['::ffff:10.0.0.1']],
  ['', []],
])('%j is %j, and the address rule takes it', (text, entries) => {
  expect(addresses.read(text)).toEqual(entries);
  readAllowAddresses(entries);
});

it.each([
  ...[
    'localhost',
    '10.0.0',
    '0x7f.1',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0.0/-1',
    '10.0.0.0/8x',
    '/8',
  ],
  ...['[::1]', 'fe80::1%eth0', '10.0.0.1-10.0.0.9', '*', '10.0.0.1 10.0.0.2', '256.0.0.1', '1.2.3.4,x'],
])('%j is refused', (text) => {
  expect(addresses.read(text)).toBeUndefined();
});
