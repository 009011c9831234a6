// Which paths the operator's port has, and what each answers.
import type { Metrics } from '../metrics.ts';
import type { ModelsReport } from '../model-report.ts';
import { openExposition } from './exposition.ts';
import { readBriefStatus, readReadiness, readStatus, type StatusSource } from './status.ts';

export interface PageAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export interface Page {
  readonly path: string;
  readonly sentence: string;
  /** Parameters that it does not know mean nothing. */
  answer(query: URLSearchParams): Promise<PageAnswer>;
}

const TEXT = 'text/plain; charset=utf-8';
const JSON_TYPE = 'application/json';

export function openPages({ metrics, status }: { metrics: Metrics; status: StatusSource }): ReadonlyMap<string, Page> {
  const exposition = openExposition(metrics.instruments);
  const pages: Page[] = [
    {
      path: '/metrics',
      sentence: 'Prometheus metrics',
      answer: async () => ({ status: 200, contentType: exposition.contentType, body: await exposition.render() }),
    },
    {
      path: '/livez',
      sentence: 'is the agent alive: 200 while its event loop answers',
      answer: () => Promise.resolve({ status: 200, contentType: TEXT, body: 'ok' }),
    },
    {
      path: '/readyz',
      sentence: 'can requests be served: 200 or 503, with reasons',
      async answer() {
        const verdict = await readReadiness(status);
        return jsonAnswer(verdict.ready ? 200 : 503, verdict);
      },
    },
    {
      path: '/status',
      sentence: 'version, traffic, readiness, drain, connections, models, configuration without secrets; /status?brief',
      answer: async (query) =>
        jsonAnswer(200, await (query.has('brief') ? readBriefStatus(status, metrics) : readStatus(status, metrics))),
    },
    {
      path: '/models',
      sentence: 'the models of models.json: state, download, failures',
      answer: () => Promise.resolve(modelsAnswer(status.models?.report() ?? null)),
    },
  ];
  const about = [...pages, { path: '/', sentence: 'this list; to a browser, a page that shows it all' }];
  const index = about.map(({ path, sentence }) => `${path.padEnd(10)} ${sentence}\n`).join('');
  pages.push({
    path: '/',
    sentence: 'this list',
    answer: () => Promise.resolve({ status: 200, contentType: TEXT, body: `Outrigger ${status.version}\n\n${index}` }),
  });
  return new Map(pages.map((page) => [page.path, page]));
}

/** A model a line: of thousands they are counted and searched with the tools of every shell. */
function modelsAnswer(report: ModelsReport | null): PageAnswer {
  if (report === null) return jsonAnswer(404, { error: 'no models are pulled; see --enable-puller' });
  const { list, ...about } = report;
  const head = JSON.stringify(about, null, 2).replace(/\n\}$/, '');
  const lines = list.map((model) => `    ${JSON.stringify(model)}`).join(',\n');
  const body = `${head},\n  "list": [${lines === '' ? '' : `\n${lines}\n  `}]\n}\n`;
  return { status: 200, contentType: JSON_TYPE, body };
}

export function jsonAnswer(status: number, value: object): PageAnswer {
  return { status, contentType: JSON_TYPE, body: `${JSON.stringify(value, null, 2)}\n` };
}
