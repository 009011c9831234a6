import { describe, expect, it } from 'vitest';
import { DecodedFields, fromHex } from '../../support/lanes/decoded-fields.ts';

interface Step {
  readonly block: string;
  readonly fields: readonly string[];
  readonly tableBytes: number;
}

const requestSteps = (blocks: readonly [string, string, string]): readonly Step[] => {
  const authority = ':authority: www.example.com';
  return [
    { block: blocks[0], fields: [':method: GET', ':scheme: http', ':path: /', authority], tableBytes: 57 },
    {
      block: blocks[1],
      fields: [':method: GET', ':scheme: http', ':path: /', authority, 'cache-control: no-cache'],
      tableBytes: 110,
    },
    {
      block: blocks[2],
      fields: [':method: GET', ':scheme: https', ':path: /index.html', authority, 'custom-key: custom-value'],
      tableBytes: 164,
    },
  ];
};

const answerSteps = (blocks: readonly [string, string, string]): readonly Step[] => {
  const first = 'date: Mon, 21 Oct 2013 20:13:21 GMT';
  const location = 'location: https://www.example.com';
  const last = [
    'date: Mon, 21 Oct 2013 20:13:22 GMT',
    location,
    'content-encoding: gzip',
    'set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
  ];
  return [
    { block: blocks[0], fields: [':status: 302', 'cache-control: private', first, location], tableBytes: 222 },
    { block: blocks[1], fields: [':status: 307', 'cache-control: private', first, location], tableBytes: 222 },
    { block: blocks[2], fields: [':status: 200', 'cache-control: private', ...last], tableBytes: 215 },
  ];
};

function expectSteps(steps: readonly Step[], tableBytes: number): void {
  const peer = new DecodedFields();
  if (tableBytes !== 4096) {
    peer.decoder.setTableLimit(tableBytes);
    peer.decode(fromHex('3fe1 01')); // 256: the examples leave out what the limit asks for
  }
  for (const step of steps) {
    expect(peer.decode(fromHex(step.block))).toEqual(step.fields);
    expect(peer.decoder.table.bytes).toBe(step.tableBytes);
  }
}

describe('the examples of RFC 7541', () => {
  it('C.2: the four kinds of a field', () => {
    const kinds: readonly (readonly [string, string, number])[] = [
      ['400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572', 'custom-key: custom-header', 55],
      ['040c 2f73 616d 706c 652f 7061 7468', ':path: /sample/path', 0],
      ['82', ':method: GET', 0],
    ];
    for (const [block, field, tableBytes] of kinds) {
      const peer = new DecodedFields();
      expect(peer.decode(fromHex(block))).toEqual([field]);
      expect(peer.decoder.table.bytes).toBe(tableBytes);
    }
  });

  it('C.3: requests without Huffman', () => {
    expectSteps(
      requestSteps([
        '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
        '8286 84be 5808 6e6f 2d63 6163 6865',
        '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
      ]),
      4096,
    );
  });

  it('C.4: requests with Huffman', () => {
    expectSteps(
      requestSteps([
        '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
        '8286 84be 5886 a8eb 1064 9cbf',
        '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
      ]),
      4096,
    );
  });

  it('C.5: answers without Huffman, with evictions', () => {
    expectSteps(
      answerSteps([
        `4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d
         546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d`,
        '4803 3330 37c1 c0bf',
        `88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f
         6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b
         2076 6572 7369 6f6e 3d31`,
      ]),
      256,
    );
  });

  it('C.6: answers with Huffman, with evictions', () => {
    expectSteps(
      answerSteps([
        `4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7
         8f0b 97c8 e9ae 82ae 43d3`,
        '4883 640e ffc1 c0bf',
        `88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335
         dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07`,
      ]),
      256,
    );
  });
});

describe('a field', () => {
  it('is not read when nobody wants its value and no table keeps it, but counted', () => {
    const heard: unknown[] = [];
    const peer = new DecodedFields();
    peer.slotOf = () => 0;
    peer.field = (...field) => heard.push(field);
    peer.decode(fromHex('1008 7061 7373 776f 7264 0673 6563 7265 74')); // C.2.3: password, secret, never indexed
    peer.decode(fromHex('4008 7061 7373 776f 7264 0673 6563 7265 74'));
    expect(heard).toEqual([
      [0, null, 46],
      [0, 'secret', 46],
    ]);
  });

  it('may take its name from the dynamic table, also when it evicts that name', () => {
    const peer = new DecodedFields();
    peer.decoder.setTableLimit(40);
    peer.decode(fromHex('3f09 4003 666f 6f03 6261 72')); // foo: bar, 38 bytes
    expect(peer.decode(fromHex('7e04 7a7a 7a7a be'))).toEqual(['foo: zzzz', 'foo: zzzz']);
    expect(peer.decoder.table.count).toBe(1);
  });

  it('is refused when its number is in no table', () => {
    for (const block of ['80', 'be', 'ff00', 'ff80ffffff0f', '7e 00', '0f30 00']) {
      expect(() => new DecodedFields().decode(fromHex(block))).toThrow('in no table');
    }
  });

  it('is refused when its block ends within it, wherever', () => {
    const whole = fromHex('400a 6375 7374 6f6d 2d6b 6579 8925 a849 e95b b8e8 b4bf');
    for (let length = 1; length < whole.length; length++) {
      expect(() => new DecodedFields().decode(whole.subarray(0, length))).toThrow();
    }
  });
});
