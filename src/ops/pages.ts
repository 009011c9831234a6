// Which paths the operator's port has, and what each answers.
import type { Metrics } from '../metrics.ts';
import { openExposition } from './exposition.ts';
import { readReadiness, readStatus, type StatusSource } from './status.ts';

export interface PageAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export interface Page {
  readonly path: string;
  readonly sentence: string;
  answer(): Promise<PageAnswer>;
}

const TEXT = 'text/plain; charset=utf-8';

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
      sentence: 'version, configuration without secrets, readiness, drain, connections',
      answer: async () => jsonAnswer(200, await readStatus(status, metrics)),
    },
  ];
  const index = pages.map(({ path, sentence }) => `${path.padEnd(10)} ${sentence}\n`).join('');
  pages.push({
    path: '/',
    sentence: 'this list',
    answer: () => Promise.resolve({ status: 200, contentType: TEXT, body: `Outrigger ${status.version}\n\n${index}` }),
  });
  return new Map(pages.map((page) => [page.path, page]));
}

export function jsonAnswer(status: number, value: object): PageAnswer {
  return { status, contentType: 'application/json', body: `${JSON.stringify(value, null, 2)}\n` };
}
