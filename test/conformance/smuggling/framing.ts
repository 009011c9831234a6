// How long is the body? Heads that two readers answer differently.
import { each, post, type Rows, smuggled } from './words.ts';

// Both framings: whichever the runtime believes, the other half is a second request.
export const bothFramings: Rows = [
  ...['Content-Length: 4', 'content-length: 0', 'Content-Length: 44', 'CONTENT-LENGTH: 1'].flatMap((length) =>
    ['Transfer-Encoding: chunked', 'transfer-encoding: CHUNKED', 'Transfer-Encoding:chunked'].flatMap(
      (coding): Rows => [
        [`CL.TE ${length} ${coding}`, post([length, coding], `0\r\n\r\n${smuggled}`)],
        [`TE.CL ${coding} ${length}`, post([coding, length], `5c\r\n${smuggled}\r\n0\r\n\r\n`)],
      ],
    ),
  ),
  [
    'with Connection: close',
    post(['Connection: close', 'Content-Length: 4', 'Transfer-Encoding: chunked'], '0\r\n\r\n'),
  ],
  [
    'Connection names Content-Length',
    post(['Connection: Content-Length', 'Content-Length: 4', 'Transfer-Encoding: chunked'], `0\r\n\r\n${smuggled}`),
  ],
  [
    'Connection names Transfer-Encoding',
    post(['Connection: Transfer-Encoding', 'Transfer-Encoding: chunked', 'Content-Length: 4'], `0\r\n\r\n${smuggled}`),
  ],
];

// TE.TE: a coding that one reader takes for chunked and another does not.
const codings = [
  ...[',chunked', 'chunked,', 'chunked, identity', 'identity, chunked', 'identity', 'xchunked', 'chunkedx', 'chunke'],
  ...['"chunked"', "'chunked'", 'chunked;q=1', 'chunked; foo', 'cow', 'gzip', 'gzip, chunked', 'deflate,chunked'],
  ...['chunked, chunked', 'chunked chunked', 'chunked,\tidentity', 'x, chunked', 'chunked\x0b', '\x0bchunked'],
  ...['chunked\x0c', '\x0cchunked', 'chunked\x00', '\x00chunked', 'chunked\xa0', '\xa0chunked', 'chunked\x7f', ''],
  ...['chunked\r', '\rchunked', 'chu\rnked', 'chunked\x1f', '\x01chunked', 'chunk\u0130ed'.slice(0, 5), '{chunked}'],
  ...['chunked/1', 'chunked=', '=chunked', 'ch%75nked', 'chunked#', '%63hunked', '\xef\xbb\xbfchunked', 'chunKed,'],
];
const chunkedBody = `0\r\n\r\n${smuggled}`;
export const codingRows: Rows = [
  ...each(codings, (coding) => post([`Transfer-Encoding: ${coding}`], chunkedBody)),
  ...each(codings.slice(0, 8), (coding) => post([`Transfer-Encoding: ${coding}`, 'Content-Length: 5'], chunkedBody)),
  ...each(['chunked', 'identity', 'x', ''], (second) =>
    post(['Transfer-Encoding: chunked', `Transfer-Encoding: ${second}`], chunkedBody),
  ).map(([name, bytes]): Rows[number] => [`two fields, second ${name}`, bytes]),
  ...each(['identity', 'x'], (first) =>
    post([`Transfer-Encoding: ${first}`, 'Transfer-Encoding: chunked'], chunkedBody),
  ).map(([name, bytes]): Rows[number] => [`two fields, first ${name}`, bytes]),
  ['folded value', post(['Transfer-Encoding:\r\n chunked'], chunkedBody)],
  ['folded with a tab', post(['Transfer-Encoding:\r\n\tchunked'], chunkedBody)],
  ['Content-Encoding: chunked', post(['Content-Encoding: chunked'], chunkedBody)],
  ['Content-Encoding: Chunked with a length', post(['Content-Encoding: Chunked', 'Content-Length: 5'], '0\r\n\r\n')],
  ['HTTP/1.0 with chunked', `POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunkedBody}`],
];

// Names that are not Transfer-Encoding or Content-Length, but that some reader takes for it.
const lookAlikeNames = [
  ...[
    'Transfer_Encoding',
    'transfer_encoding',
    'TRANSFER_ENCODING',
    'Transfer.Encoding',
    'transfer~encoding',
    "Transfer'Encoding",
    'Transfer-Encoding ',
    'Transfer-Encoding\t',
  ],
  ...[
    'Transfer Encoding',
    ' Transfer-Encoding',
    '\tTransfer-Encoding',
    'Transfer-Encoding\x0b',
    'Transfer-Encoding\x00',
  ],
  ...[
    'Transfer\x00-Encoding',
    '\x00Transfer-Encoding',
    'Transfer-Encoding\x7f',
    'Transfer-Encoding\xa0',
    '"Transfer-Encoding"',
  ],
  ...[
    'Transfer-Encoding\r',
    'Transfer\r-Encoding',
    '\rTransfer-Encoding',
    'Transfer-\xc4\xb0ncoding',
    'Transfer(Encoding',
  ],
];
export const lookAlikeRows: Rows = [
  ...each(lookAlikeNames, (name) => post([`${name}: chunked`], chunkedBody)),
  ...each(lookAlikeNames.slice(0, 6), (name) => post(['Content-Length: 5', `${name}: chunked`], chunkedBody)),
  ...each(
    ['Content_Length', 'content_length', 'Content-Length ', 'Content Length', ' Content-Length', 'Content-Length\x0b'],
    (name) => post([`${name}: 40`], smuggled),
  ),
];

// Content-Length that is not one plain number.
const lengths = [
  ...[
    '+5',
    '-5',
    '-0',
    '5,5',
    '5, 5',
    '5,6',
    '0x5',
    '05x',
    '5 5',
    '5;',
    '5.0',
    '5e0',
    '',
    'five',
    '1_0',
    '٥'.slice(0, 0),
  ],
  ...['18446744073709551616', '18446744073709551621', '9007199254740993', '99999999999999999999999999', '4294967296e0'],
  ...[
    '5\x0b',
    '\x0b5',
    '5\x00',
    '\x005',
    '5\r',
    '\r5',
    '5\x7f',
    '5\xa0',
    '"5"',
    '(5)',
    '5#',
    '%35',
    '0b101',
    '0o5',
    'NaN',
  ],
  ...['Infinity', '5\x0c', '\x0c5', '5/1', `${'0'.repeat(20)}5`, '1e1', '5:5', '=5'],
];
export const lengthRows: Rows = [
  ...each([...new Set(lengths)], (length) => post([`Content-Length: ${length}`], `hello${smuggled}`)),
  ['same twice', post(['Content-Length: 5', 'Content-Length: 5'], `hello${smuggled}`)],
  ['twice, different', post(['Content-Length: 5', 'Content-Length: 0'], `hello${smuggled}`)],
  ['twice, 0 first', post(['Content-Length: 0', 'Content-Length: 44'], smuggled)],
  ['twice in other case', post(['Content-Length: 5', 'content-length: 6'], `hello${smuggled}`)],
  ['three times', post(['Content-Length: 5', 'X: y', 'Content-Length: 5', 'Content-Length: 5'], 'hello')],
  ['folded', post(['Content-Length: 5\r\n 0'], 'hello')],
  ['folded from the start', post(['Content-Length:\r\n 5'], 'hello')],
];
