// Sound heads whose chunks or trailers are not.
import { chunk, each, type Rows, smuggled } from './words.ts';

// Chunk sizes and chunk ends.
const chunkSizes = [
  ...[
    '0x1',
    '+1',
    '-1',
    ' 1',
    '1 ',
    '\t1',
    '1\t',
    'g',
    '',
    '1 1',
    '1,',
    '1.',
    '0x',
    'ffffffffffffffff1',
    '10000000000000000',
  ],
  ...['1\x0b', '\x0b1', '1\x00', '1\xa0', '"1"', '１'.slice(1), '1\r', '1_', '_1', '1h', '\\x31', '%31', '1\x0c'],
];
export const chunkRows: Rows = [
  ...each([...new Set(chunkSizes)], (size) => chunk(`${size}\r\nA\r\n0\r\n\r\n${smuggled}`)),
  ['bare LF behind the size', chunk('1\nA\r\n0\r\n\r\n')],
  ['bare LF behind the data', chunk('1\r\nA\n0\r\n\r\n')],
  ['bare CR behind the size', chunk('1\rA\r\n0\r\n\r\n')],
  ['nothing behind the data', chunk(`1\r\nA0\r\n\r\n${smuggled}`)],
  ['data longer than its size', chunk(`1\r\nABC\r\n0\r\n\r\n${smuggled}`)],
  ['data shorter than its size', chunk(`5\r\nA\r\n0\r\n\r\nX\r\n${smuggled}`)],
  ['\\r\\n\\rX at the end', chunk(`0\r\n\rX${smuggled}`)],
  ['bare LF as the end', chunk(`0\r\n\n${smuggled}`)],
  ['last chunk with bare LF', chunk(`0\n\n${smuggled}`)],
  ['bare LF in an extension', chunk(`1;a\nb\r\nA\r\n0\r\n\r\n${smuggled}`)],
  ['bare CR in an extension', chunk(`1;a\rb\r\nA\r\n0\r\n\r\n${smuggled}`)],
  ['NUL in an extension', chunk('1;a\x00b\r\nA\r\n0\r\n\r\n')],
  ['space before an extension', chunk('1 ;a\r\nA\r\n0\r\n\r\n')],
  ['extension of 1 MiB', chunk(`1;${'a'.repeat(1 << 20)}\r\nA\r\n0\r\n\r\n`)],
];
export const trailerRows: Rows = [
  ['space before colon', chunk('0\r\nX : 1\r\n\r\n')],
  ['bare LF', chunk(`0\r\nX: 1\n\r\n${smuggled}`)],
  ['bare CR', chunk(`0\r\nX: 1\ry\r\n\r\n${smuggled}`)],
  ['NUL', chunk('0\r\nX: \x001\r\n\r\n')],
  ['no colon', chunk('0\r\nX\r\n\r\n')],
  ['Content-Length', chunk(`0\r\nContent-Length: 44\r\n\r\n${smuggled}`)],
  ['Transfer-Encoding', chunk(`0\r\nTransfer-Encoding: chunked\r\n\r\n${smuggled}`)],
  ['fold', chunk('0\r\nX: 1\r\n 2\r\n\r\n')],
];
