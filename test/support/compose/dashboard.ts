// Which questions does deploy/grafana/dashboard.json ask of Prometheus?
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Panel {
  readonly id: number;
  readonly type: 'row' | 'stat' | 'timeseries';
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number };
  readonly fieldConfig?: { readonly defaults: { readonly unit: string } };
  readonly targets?: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[];
}

export interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
}

export function readDashboard(): Dashboard {
  return JSON.parse(readFileSync(join(import.meta.dirname, '../../../deploy/grafana/dashboard.json'), 'utf8'));
}

export interface Question {
  readonly panel: string;
  readonly expr: string;
}

export function questionsOf({ panels }: Dashboard): Question[] {
  return panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ panel: title, expr })));
}

/** As Grafana sends it when all is chosen. */
export function filledIn(expr: string, rateInterval: string): string {
  return expr.replaceAll('$__rate_interval', rateInterval).replaceAll(/"\$\w+"/g, '".*"');
}
