// The alert rules as the Prometheus Operator takes them: the same file, one level deeper.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../deploy/prometheus');
export const rulesPath = join(folder, 'outrigger.rules.yaml');
export const prometheusRulePath = join(folder, 'prometheusrule.yaml');

const head = `# Made of outrigger.rules.yaml by \`node scripts/render-prometheus-rule.ts\`: change that file.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: outrigger
  labels:
    app.kubernetes.io/name: outrigger
spec:
`;

/** `rules`: the text of a rules file of Prometheus. */
export function renderPrometheusRule(rules: string): string {
  const groups = rules.slice(rules.search(/^groups:/m));
  return head + groups.replaceAll(/^(?=.)/gm, '  ');
}

if (import.meta.main) await writeFile(prometheusRulePath, renderPrometheusRule(await readFile(rulesPath, 'utf8')));
