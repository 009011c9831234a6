// Do the alerts ask for metrics that exist, fire when they should and only then, and tell a person what to do?
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { prometheusRulePath, renderPrometheusRule, rulesPath } from '../../scripts/render-prometheus-rule.ts';
import { errorCodes } from '../../src/errors.ts';
import { openMetrics } from '../../src/metrics.ts';
import { toolMissing } from '../e2e/support/tool-missing.ts';
import { readManifests, root } from './manifests.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<string, string>>;
}

const folder = join(root, 'deploy/prometheus');
const troubleshooting = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8');
const [{ document }] = readManifests('deploy/prometheus/outrigger.rules.yaml') as unknown as [
  { document: { groups: readonly { name: string; rules: readonly Rule[] }[] } },
];
const rules = document.groups.flatMap((group) => group.rules);
const tests = ['outrigger.rules.test.yaml', 'outrigger.drain.test.yaml'];
const instruments = new Map(openMetrics().instruments.map((instrument) => [instrument.name, instrument]));

/** `name{label="value",other=~"a|b"}` as often as it stands in an expression; names of PromQL's own have no underscore. */
function selectorsOf(expr: string): { readonly name: string; readonly matchers: readonly (readonly string[])[] }[] {
  return [...expr.matchAll(/\b((?:outrigger|kserve)_\w+|up)\b(?:\{([^}]*)\})?/g)].map(([, name = '', inside = '']) => ({
    name,
    matchers: [...inside.matchAll(/(\w+)=~?"([^"]*)"/g)].map(([, label = '', value = '']) => [
      label,
      ...value.split('|'),
    ]),
  }));
}

describe.each(rules.map((rule) => [rule.alert, rule] as const))('%s', (alert, { expr, labels, annotations }) => {
  const selectors = selectorsOf(expr).filter(({ name }) => name !== 'up');

  it('asks for metrics, labels and values that the agent has', () => {
    expect(selectors.length > 0 || expr === 'up{job="outrigger"} == 0').toBe(true);
    for (const { name, matchers } of selectors) {
      const instrument = instruments.get(name);
      expect(instrument, name).toBeDefined();
      for (const [label = '', ...values] of matchers) {
        expect(instrument?.labels).toContain(label);
        const known = new Set([...(instrument?.samples() ?? [])].map((sample) => sample.labels[label]));
        // Some series begin with the first request; their words are declared elsewhere.
        if (label === 'status') expect(values).toEqual(['5xx']);
        else expect([...known]).toEqual(expect.arrayContaining(values));
      }
    }
  });

  it('leaves out labels that are there to be left out', () => {
    for (const [, names = ''] of expr.matchAll(/\bwithout \(([^)]*)\)/g)) {
      const labels = selectors.flatMap(({ name }) => instruments.get(name)?.labels ?? []);
      expect(labels).toEqual(expect.arrayContaining(names.split(', ')));
    }
  });

  it('tells what is wrong, what follows, and where the remedy stands', () => {
    const anchor = alert.replaceAll(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
    expect(labels.severity).toMatch(/^(critical|warning)$/);
    expect(annotations).toEqual({
      summary: expect.stringMatching(/\{\{ \$labels\.instance \}\}/),
      description: expect.stringMatching(/\.$/),
      runbook: `docs/troubleshooting.md#${anchor}`,
    });
    const headings = [...troubleshooting.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading);
    expect(headings.map((heading) => heading.toLowerCase().replaceAll(' ', '-'))).toContain(anchor);
    const used = Object.values(annotations).flatMap((text) => [...text.matchAll(/\$labels\.(\w+)/g)]);
    const had = [...selectors.flatMap(({ name }) => instruments.get(name)?.labels ?? []), 'instance'];
    expect(had).toEqual(expect.arrayContaining(used.map(([, label]) => label)));
  });

  it('is seen firing in a test', () => {
    const texts = tests.map((name) => readFileSync(join(folder, name), 'utf8')).join('');
    expect(texts).toContain(`ALERTS{alertname="${alert}",alertstate="firing",severity="${labels.severity}"`);
  });
});

it('names of alerts differ, and codes of errors in them are codes', () => {
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  const codes = rules.flatMap(({ expr }) => [...expr.matchAll(/[A-Z]+_[A-Z_]+/g)].map(([code]) => code));
  expect(codes.length).toBeGreaterThan(0);
  expect(errorCodes).toEqual(expect.arrayContaining(codes));
});

it('the PrometheusRule is made of the same file (node scripts/render-prometheus-rule.ts)', () => {
  expect(readFileSync(prometheusRulePath, 'utf8')).toBe(renderPrometheusRule(readFileSync(rulesPath, 'utf8')));
  const [rule] = readManifests('deploy/prometheus/prometheusrule.yaml');
  expect(rule?.document.spec?.groups).toEqual(document.groups);
});

it.concurrent.for(tests)('promtool is content with %s', async (name, context) => {
  const missing = toolMissing('promtool');
  context.skip(missing !== null, `no ${missing} here (Debian: apt-get install prometheus)`);
  const { stdout } = await promisify(execFile)('promtool', ['test', 'rules', name], { cwd: folder });
  context.expect(stdout).toContain('SUCCESS');
});

it('the README of the alerts names them all, with their severity', () => {
  const table = readFileSync(join(folder, 'README.md'), 'utf8').matchAll(/^\| `(Outrigger\w+)` \| (\w+) \|/gm);
  const told = [...table].map(([, alert, severity]) => [alert, severity]);
  expect(told.toSorted()).toEqual(rules.map(({ alert, labels }) => [alert, labels.severity]).toSorted());
});
