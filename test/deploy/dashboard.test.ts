// Does deploy/grafana/dashboard.json ask for what there is, and say what it shows?
import { describe, expect, it } from 'vitest';
import { openMetrics } from '../../src/metrics.ts';
import { questionsOf, readDashboard } from '../support/compose/dashboard.ts';

const dashboard = readDashboard();
const panels = dashboard.panels.filter(({ type }) => type !== 'row');
const questions = questionsOf(dashboard);
const instruments = new Map(openMetrics().instruments.map((instrument) => [instrument.name, instrument]));
const ofProcess = ['process_resident_memory_bytes'];
/** Of every series, by Prometheus: in a cluster from the PodMonitor, in deploy/compose from prometheus.yml. */
const places = ['namespace', 'pod'];

/** Every series that an expression names, with the labels that it asks of it. */
function seriesOf(expr: string): { readonly name: string; readonly labels: readonly string[] }[] {
  return [...expr.matchAll(/\b([a-z]+(?:_[a-z0-9]+)+)\{([^}]*)\}/g)].map(([, name = '', matchers = '']) => ({
    name,
    labels: [...matchers.matchAll(/(\w+)(?:=~|!~|!=|=)"/g)].map(([, label]) => label as string),
  }));
}

/** Null: the agent has no such series. */
function labelsOf(series: string): readonly string[] | null {
  if (ofProcess.includes(series)) return [];
  const [, base = series, suffix] = /^(.*)_(bucket|sum|count)$/.exec(series) ?? [];
  const histogram = instruments.get(base);
  if (suffix !== undefined && histogram?.type === 'histogram') return [...histogram.labels, 'le'];
  const instrument = instruments.get(series);
  return instrument === undefined || instrument.type === 'histogram' ? null : instrument.labels;
}

describe('each question', () => {
  expect(questions.length).toBeGreaterThan(50);

  it.each(questions)('of $panel names series and labels that the agent has: $expr', ({ expr }) => {
    const series = seriesOf(expr);
    expect(series.length).toBeGreaterThan(0);
    for (const { name, labels } of series) {
      const known = labelsOf(name);
      expect(known, name).not.toBeNull();
      expect(labels.filter((label) => ![...places, ...(known ?? [])].includes(label))).toEqual([]);
      expect(
        places.filter((place) => !labels.includes(place)),
        name,
      ).toEqual([]);
    }
    const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list]) => (list as string).split(', '));
    const offered = [...places, ...series.flatMap(({ name }) => labelsOf(name) ?? [])];
    expect(grouped.filter((label) => !offered.includes(label))).toEqual([]);
  });

  it('takes rates of counters and histograms alone', () => {
    const rated = questions.flatMap(({ expr }) => [...expr.matchAll(/\b(?:rate|increase)\((\w+)/g)]);
    expect(rated.length).toBeGreaterThan(30);
    const wrong = rated.map(([, name]) => name as string).filter((name) => !/_(total|bucket|sum|count)$/.test(name));
    expect(wrong).toEqual([]);
  });
});

describe('each panel', () => {
  it.each(panels)('$title has a unit, and a sentence that explains it', ({ fieldConfig, description = '', title }) => {
    expect(fieldConfig?.defaults.unit).toMatch(/^(short|s|bytes|Bps|reqps|percentunit)$/);
    expect(description).toMatch(/^[A-Z\d].*\.$/);
    expect(title).not.toMatch(/\.$/);
  });

  it('has a number and a place of its own', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, nth) => `${x + (nth % w)}/${y + Math.floor(nth / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(dashboard.panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
  });

  it('asks the data source that is chosen above', () => {
    const asked = panels.flatMap(({ targets = [] }) => targets.map(({ datasource }) => datasource.uid));
    expect([...new Set(asked)]).toEqual([['$', '{datasource}'].join('')]);
  });
});

it('covers traffic, batching, events, models, readiness and connections', () => {
  const rows = dashboard.panels.filter(({ type }) => type === 'row').map(({ title }) => title);
  expect(rows).toEqual([
    'At a glance',
    'Traffic',
    'Batching',
    'Event delivery',
    'Models',
    'Readiness, connections, process',
  ]);
});

it('lets choose the data source, and what a cluster has several of', () => {
  const { list } = dashboard.templating;
  expect(list.map(({ name }) => name)).toEqual(['datasource', 'namespace', 'pod', 'model']);
  for (const { definition = '' } of list.slice(1)) {
    const [, name = ''] = /^label_values\((\w+)/.exec(definition) ?? [];
    expect(labelsOf(name), definition).not.toBeNull();
  }
});
