import { expect, it } from 'vitest';
import { exchangeLink, readRoute, tabNames } from '../../../../src/ops/page/state/route.js';

const inSidecar = tabNames.filter((name) => name !== 'exchanges');

it('an address opens a tab, an exchange and a part of it', () => {
  expect(readRoute('#exchanges/12/batch', tabNames)).toEqual({ tab: 'exchanges', id: 12, part: 'batch' });
  expect(readRoute('#models', tabNames)).toEqual({ tab: 'models', id: null, part: 'request' });
});

it('an address that nobody knows opens the first tab', () => {
  expect(readRoute('', tabNames).tab).toBe('exchanges');
  expect(readRoute('#nonsense/1', tabNames)).toEqual({ tab: 'exchanges', id: null, part: 'request' });
  expect(readRoute('#exchanges/12', inSidecar)).toEqual({ tab: 'traffic', id: null, part: 'request' });
});

it('what is no id opens nothing', () => {
  for (const id of ['0', '-1', '1e3', '../status', '9'.repeat(16)]) {
    expect(readRoute(`#exchanges/${id}/nonsense`, tabNames)).toEqual({ tab: 'exchanges', id: null, part: 'request' });
  }
});

it('a link is read as what it was made of', () => {
  expect(readRoute(exchangeLink(7), tabNames)).toEqual({ tab: 'exchanges', id: 7, part: 'request' });
  expect(readRoute(exchangeLink(7, 'code'), tabNames)).toEqual({ tab: 'exchanges', id: 7, part: 'code' });
});
