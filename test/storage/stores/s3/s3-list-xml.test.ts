import { expect, it } from 'vitest';
import { readListXml } from '../../../../src/storage/stores/s3/s3-list-xml.ts';

const row = (inner: string): string => `<Contents>${inner}</Contents>`;
const list = (inner: string): string => {
  return `<?xml version="1.0"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inner}</ListBucketResult>`;
};
const one = '<Key>k</Key><Size>1</Size>';

it('a page of S3 is read: rows, encoding, and where the next one begins', () => {
  const owner = '<Owner><ID>x</ID><DisplayName>y</DisplayName></Owner>';
  const rows = `${row(`\n  <Key>a+b</Key><Size>3</Size><ETag>&quot;e&quot;</ETag>${owner}`)}${row(one)}`;
  const xml = list(
    `<IsTruncated>true</IsTruncated>${rows}<NextContinuationToken>t&amp;1</NextContinuationToken><EncodingType>url</EncodingType>`,
  );
  const Contents = [
    { Key: 'a+b', Size: 3, ETag: '"e"' },
    { Key: 'k', Size: 1 },
  ];
  expect(readListXml(xml)).toEqual({ Contents, IsTruncated: true, NextContinuationToken: 't&1', EncodingType: 'url' });
});

it('what names itself like a member of the page inside a row is none of the page', () => {
  const xml = list(row(`${one}<IsTruncated>true</IsTruncated>`));
  expect(readListXml(xml)).toEqual({ Contents: [{ Key: 'k', Size: 1 }], IsTruncated: false });
});

it('an empty page has no rows', () => {
  expect(readListXml(list('<KeyCount>0</KeyCount><IsTruncated>false</IsTruncated>'))?.Contents).toEqual([]);
});

it.each([
  ['&lt;&amp;amp;&gt;&apos;', "<&amp;>'"],
  ['&#13;&#x1F600;', '\r\u{1f600}'],
])('the text %s is %j', (text, key) => {
  expect(readListXml(list(row(`<Key>${text}</Key><Size>1</Size>`)))?.Contents).toEqual([{ Key: key, Size: 1 }]);
});

it.each([
  ['no XML', 'hello'],
  ['another document', '<Error><Code>X</Code></Error>'],
  ['a cut one', list(row(one)).slice(0, -5)],
  ['a row without an end', list(`<Contents>${one}`)],
  ['a row without a key', list(row('<Size>1</Size>'))],
  ['a row without a size', list(row('<Key>k</Key>'))],
  ['a size that is no number', list(row('<Key>k</Key><Size>-1</Size>'))],
  ['CDATA', list(row('<Key><![CDATA[k]]></Key><Size>1</Size>'))],
  ['a comment', list(`<!-- x -->${row(one)}`)],
  ['an unknown entity', list(row('<Key>&uuml;</Key><Size>1</Size>'))],
  ['an ampersand alone', list(row('<Key>a&b</Key><Size>1</Size>'))],
  ['a number that is no character', list(row('<Key>&#x110000;</Key><Size>1</Size>'))],
  ['an element inside a text', list(row('<Key>a<b/></Key><Size>1</Size>'))],
  ['a member with attributes', list(row('<Key a="b">k</Key><Size>1</Size>'))],
  ['rows with attributes', list(`<Contents a="b">${one}</Contents>`)],
  ['a word for truncated that is none', list('<IsTruncated>yes</IsTruncated>')],
])('%s is left to a whole parser', (_what, xml) => {
  expect(readListXml(xml)).toBeNull();
});
