// The Prometheus of deploy/compose without a container: started, and asked what Grafana would ask, and what alarms.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Program } from '../../real/program.ts';
import { composeFolder } from './compose-file.ts';
import { filledIn, questionsOf, readDashboard } from './dashboard.ts';
import type { LocalServices } from './local-services.ts';

const rateInterval = '15s';

/** With what prometheus.yml says, only sooner. `place`: where that is written to. */
export function startPrometheus(services: LocalServices, place: string): Promise<Program> {
  const config = readFileSync(join(composeFolder, 'prometheus.yml'), 'utf8');
  const sooner = config.replace('scrape_interval: 5s', 'scrape_interval: 1s');
  const rules = join(composeFolder, '../prometheus/outrigger.rules.yaml');
  writeFileSync(place, services.localText(sooner).replace('/etc/prometheus/rules/outrigger.rules.yaml', rules));
  return services.start('prometheus', { command: 'prometheus', mounts: { './prometheus.yml': place } });
}

async function getJson<T>(url: string): Promise<T> {
  return (await (await fetch(url)).json()) as T;
}

type Series = readonly {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}[];

export async function askPrometheus(services: LocalServices, query: string): Promise<Series> {
  const url = `http://127.0.0.1:${services.port(9090)}/api/v1/query?query=${encodeURIComponent(query)}`;
  const answer = await getJson<{ status: string; error?: string; data: { result: Series } }>(url);
  if (answer.status !== 'success') throw new Error(`${query}: ${answer.error}`);
  return answer.data.result;
}

interface RuleGroups {
  readonly data: {
    readonly groups: readonly { readonly rules: readonly { name: string; state: string; health: string }[] }[];
  };
}

/** Alerts that fire, and rules that could not be evaluated. */
export async function alarming(
  services: LocalServices,
): Promise<{ readonly known: number; readonly names: readonly string[] }> {
  const { data } = await getJson<RuleGroups>(`http://127.0.0.1:${services.port(9090)}/api/v1/rules`);
  const rules = data.groups.flatMap((group) => group.rules);
  const bad = rules.filter(({ state, health }) => state === 'firing' || health === 'err');
  return { known: rules.length, names: bad.map(({ name }) => name) };
}

interface Unanswered {
  readonly asked: number;
  readonly open: readonly string[];
}

/** Panels that have nothing to show here: a reason of losses has a series from the first loss on. */
const silent = ['Events lost by reason'];

/** Of the dashboard: those that have no answer. What shows only what is there is asked for what it would show. */
export async function unanswered(services: LocalServices): Promise<Unanswered> {
  const questions = questionsOf(readDashboard());
  const found = await Promise.all(
    questions.map(async ({ panel, expr }) => {
      const query = filledIn(expr, rateInterval).replace(/ > 0$/, '');
      const series = await askPrometheus(services, query);
      const numbers = series.filter(({ value: [, number] }) => number !== 'NaN');
      return numbers.length === 0 && !silent.includes(panel) ? [`${panel}: ${query}`] : [];
    }),
  );
  return { asked: questions.length, open: found.flat() };
}
