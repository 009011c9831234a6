import { expect, it } from 'vitest';
import { OTHER_MODEL, readModelName, readModelOf } from '../src/model-label.ts';

it.each([
  ['/v1/models/m:predict', 'm', 'm'],
  ['/v1/models/a:b:predict', 'a:b', 'a:b'],
  ['/v1/models/m', 'm', 'm'],
  ['/v2/models/m/versions/2/infer?x=1', 'm', 'm'],
  ['/v2/repository/models/m/load', 'm', 'm'],
  ['/v2/models/a%2Fb/infer', 'a/b', 'a/b'],
  ['/v2/models/%F0%9F%98%80/infer', '😀', OTHER_MODEL],
  ['/v2/models/%zz/infer', '%zz', OTHER_MODEL],
  [`/v2/models/${'x'.repeat(129)}/infer`, 'x'.repeat(129), OTHER_MODEL],
  ['/v1/models/:predict', null, OTHER_MODEL],
  ['/v2/models/stats', null, ''],
  ['/v2/models/', null, ''],
  ['/other', null, ''],
])('%s names %j, and the label is %j', (path, name, label) => {
  expect([readModelName(path), readModelOf(path)]).toEqual([name, label]);
});
