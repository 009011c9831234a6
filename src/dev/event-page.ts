// The list of events as a page for people: the latest first, each payload behind a click. No script, nothing loaded.
import { payloadText } from './event-payload.ts';
import type { SeenEvent } from './event-shelf.ts';

export interface EventList {
  /** Since the start. */
  readonly count: number;
  readonly latestFirst: readonly SeenEvent[];
}

const style = `body{font:14px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1b1f24;background:#fff}
details{border-top:1px solid #d8dee4;padding:.4rem 0}summary{cursor:pointer}
pre{background:#f6f8fa;padding:.6rem;overflow-x:auto;white-space:pre-wrap;word-break:break-all}
table{border-collapse:collapse}td{padding:0 1rem 0 0;vertical-align:top;word-break:break-all}`;

export function renderEventPage({ count, latestFirst: events }: EventList): string {
  const hint = events.length === 0 ? '<p>None yet: send the agent a request, then load this page again.</p>' : '';
  const title = `${count} events, the latest first`;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Outrigger: ${title}</title><style>${style}</style>
<h1>${title}</h1>${hint}${events.map(renderEvent).join('\n')}</html>\n`;
}

function renderEvent(event: SeenEvent): string {
  const { number, attributes } = event;
  const { type = '', id = '', time = '', modelname = '' } = attributes;
  const kind = type.slice(type.lastIndexOf('.') + 1);
  const rows = Object.entries(attributes).map(([name, value]) => `<tr><td>${safe(name)}<td>${safe(value)}`);
  return `<details><summary>${number} ${safe(kind)} ${safe(modelname)} ${safe(id)} ${safe(time)}</summary>
<table>${rows.join('')}</table><pre>${safe(payloadText(event))}</pre></details>`;
}

function safe(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
