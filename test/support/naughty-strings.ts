// Over 515 strings that have broken somebody's parser, or would: each is tried wherever text goes into a format.

/** No two are the same. */
export function naughtyStrings(): string[] {
  return [...new Set([...blanks, ...controls(), ...texts(), ...injections(), ...surrogates(), ...emoji(), ...long()])];
}

const blanks = [
  '',
  ' ',
  '  ',
  '\t',
  ' leading',
  'trailing ',
  ' both ',
  '\u00a0',
  '\u3000',
  '\u2028',
  '\u2029',
  '\u0085',
  'a\u00a0b',
];

function controls(): string[] {
  const codes = [...range(0, 0x20), ...range(0x7f, 0xa0)];
  return codes.flatMap((code) => [
    String.fromCharCode(code),
    `a${String.fromCharCode(code)}b`,
    `${String.fromCharCode(code)}end`,
  ]);
}

/** Every printable ASCII character alone and doubled, and words that something takes for more than text. */
function texts(): string[] {
  const ascii = [...range(0x21, 0x7f)].map((code) => String.fromCharCode(code));
  return [...ascii, ...ascii.map((character) => character.repeat(2)), ...words, ...scripts, ...directions, ...widths];
}

const words = [
  'null',
  'undefined',
  'NaN',
  'Infinity',
  '-Infinity',
  'true',
  'false',
  'None',
  'nil',
  '0',
  '-0',
  '00',
  '1e999',
  '1.0',
  '0x10',
  '1_000',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '[object Object]',
  '{}',
  '[]',
  '""',
  "''",
  '()',
  '%',
  '%%',
  '%2',
  '%zz',
  '%20',
  '%25',
  '%2520',
  '%0d%0a',
  '%00',
  '%ff',
  '%c3%28',
  '%E2%82%AC',
  '+',
  'a+b',
  '=?UTF-8?Q?=C3=A9?=',
  "UTF-8''%e2%82%ac",
  '"quoted"',
  '"open',
  'close"',
  '\\',
  '\\\\',
  '\\"',
  '"\\',
  "it's",
  '`tick`',
  '$HOME',
  '$(id)',
  '#{1}',
  '<b>',
  '&amp;',
  '&#0;',
  '<!--',
  ']]>',
  '../../etc/passwd',
  'C:\\con',
  'a,b',
  'a;b',
  'a=b',
  'a:b',
  ':',
  ',',
  ';q=0',
  'chunked',
  'gzip, deflate',
  '\\n',
  '\\u0000',
  '\\ud800',
  '\\x00',
];

const scripts = [
  'é',
  'é',
  'ÀÉÎÕÜ',
  'ß',
  'ſ',
  'ı',
  'İ',
  'Ω≈ç√∫',
  'Привет',
  'Ελλάδα',
  '日本語',
  '한국어',
  '中文字符',
  'हिन्दी',
  'ไทย',
  'ગુજરાતી',
  'ᚠᛇᚻ',
  '𝔘𝔫𝔦',
  '𠜎𠜱',
  'ﬁ',
  'ﷺ',
  '½',
  '٣',
  '一二三',
  '€',
  '¥',
  '™',
  '→',
  '∞',
  '�',
  '\ufffe',
  '\uffff',
  '\u{10ffff}',
  '\u{1fffe}',
  '\ue000',
  '\u{f0000}',
  'Ã©',
  'â‚¬',
  'ÿþ',
  'ZALGO\u0300\u0301\u0302\u0303',
];

const directions = [
  'שלום',
  'مرحبا',
  '\u202egnp.exe',
  '\u202a',
  '\u202d',
  '\u2066a\u2069',
  '\u200f',
  '\u200e',
  'a\u202bב\u202c',
  '\u061c',
];
const widths = [
  '\u200b',
  '\u200c',
  '\u200d',
  '\u2060',
  '\ufeff',
  '\ufeffstart',
  'a\u200bb',
  '\u00ad',
  '\u180e',
  'Ｆｕｌｌ',
  'ﾊﾝ',
  '\u034f',
];

/** Line ends, headers, requests and JSON, at the begin, in the middle and at the end of a value. */
function injections(): string[] {
  const ends = ['\r\n', '\n', '\r', '\r\n\r\n', '\n\n', '\u2028', '\u0085', '\u560d\u560a', '\u010d\u010a', '\0\r\n'];
  const parts = ['ce-id: forged', 'Content-Length: 0', 'Transfer-Encoding: chunked', 'GET / HTTP/1.1', 'x'];
  const lines = ends.flatMap((end) => parts.flatMap((part) => [`a${end}${part}`, `${end}${part}${end}`]));
  return [...lines, ...jsonInjections];
}

const jsonInjections = [
  '","id":"forged',
  '"}',
  '"},{"id":"forged',
  '"]',
  '\\","id":"x',
  '\\u0022,"id":"x',
  '"}]',
  '{"a":"b"}',
  '[1,2',
  '"data":1',
  '\\',
  'a\\',
  '\u0008\u000c',
  '*/alert(1)/*',
  '</script>',
  "'; DROP TABLE events;--",
  '{{7*7}}',
  '$\u007bjndi:ldap://x}',
  '%s%n%d',
  '%(a)s',
];

/** Halves of pairs: no UTF-16 that anybody could send as UTF-8. */
function surrogates(): string[] {
  const halves = ['\ud800', '\udbff', '\udc00', '\udfff', '\ude00\ud83d', '\ud83d\ud83d\ude00', '\ud83d\ude00\ude00'];
  return halves.flatMap((half) => [half, `a${half}`, `${half}b`, `a${half}b`, `"${half}"`, `%${half}`]);
}

function emoji(): string[] {
  const ones = ['😀', '👩‍👩‍👧‍👦', '👋🏿', '🇩🇪', '🇩', '❤️', '1️⃣', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '👨‍🦰', '🫠', '\u200d👧', '\ufe0f'];
  return ones.flatMap((one) => [one, one.repeat(3), `a${one}b`]);
}

function long(): string[] {
  return [...'a %"é😀\n'].map((character) => character.repeat(1000));
}

function* range(from: number, to: number): Generator<number> {
  for (let code = from; code < to; code += 1) yield code;
}
