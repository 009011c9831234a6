// Does docs/troubleshooting.md answer every error code and every alert, and docs/alerts.md name those that there are?
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { errorCodes } from '../src/errors.ts';
import { anchorsOf } from './support/docs/pages.ts';

const root = join(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8');
const alertsPage = readFileSync(join(root, 'docs/alerts.md'), 'utf8');

interface Rule {
  readonly alert?: string;
  readonly labels?: { readonly severity?: string };
  readonly annotations?: { readonly runbook?: string };
}

const rulesFile: { groups: { rules: Rule[] }[] } = parse(
  readFileSync(join(root, 'deploy/prometheus/outrigger.rules.yaml'), 'utf8'),
);
const alerts = rulesFile.groups.flatMap(({ rules }) => rules).filter(({ alert }) => alert !== undefined);

it('each error code has a cause and a remedy, in the order of the code', () => {
  const rows = [...page.matchAll(/^\| `([A-Z]+(?:_[A-Z]+)*)` \| ([^|]+) \| ([^|]+) \|$/gm)];
  expect(rows.map(([, code]) => code)).toEqual([...errorCodes]);
});

it('each alert has a section, to which its runbook leads', () => {
  expect(alerts.length).toBeGreaterThan(10);
  const anchors = anchorsOf(page).map((anchor) => `docs/troubleshooting.md#${anchor}`);
  for (const { alert, annotations } of alerts) expect(anchors, alert).toContain(annotations?.runbook);
  expect(anchors.filter((anchor) => anchor.includes('#outrigger-')).length).toBe(alerts.length);
});

it('docs/alerts.md lists each alert with its severity and the way to its section', () => {
  const rows = [...alertsPage.matchAll(/^\| \[`(\w+)`\]\(([^)]+)\) \| (\w+) \|/gm)];
  const listed = rows.map(([, alert, target, severity]) => `${alert} ${severity} docs/${target}`).toSorted();
  const ruled = alerts.map(({ alert, labels, annotations }) => `${alert} ${labels?.severity} ${annotations?.runbook}`);
  expect(listed).toEqual(ruled.toSorted());
});
