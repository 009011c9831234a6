// The parts of an opened exchange: what each tab of the panel shows.
/** @import { EventView, ExchangeDetail, MessageView } from '../../../dev/inspector/api.ts' */
/** @import { Child } from '../parts/element.js' */
/** @import { PartName } from '../state/route.js' */
import { batchPicture } from '../batches/picture.js';
import { element } from '../parts/element.js';
import { factTable } from '../parts/tiles.js';
import { showBody } from './body-view.js';
import { copyBlock } from './copy.js';

/** @type {Readonly<Record<PartName, { title: string, draw(detail: ExchangeDetail): Child | readonly Child[] }>>} */
export const exchangeParts = {
  request: { title: 'Request', draw: ({ request }) => showBody(request.body) },
  response: {
    title: 'Response',
    draw: ({ response }) => (response === null ? quiet('no answer (yet)') : showBody(response.body)),
  },
  headers: { title: 'Headers', draw: drawHeaders },
  batch: {
    title: 'Batch',
    draw: ({ batch, summary }) => {
      if (batch !== null) return [batchPicture(batch, summary.id), quiet('Each bar leads to its exchange.')];
      return quiet(summary.batch === null ? 'It had a call of its own.' : 'Its batch made room for newer ones.');
    },
  },
  event: { title: 'Event', draw: drawEvents },
  code: {
    title: 'Code',
    draw: ({ curl, python }) => [
      curl === null ? quiet('curl: its body was not kept whole.') : copyBlock('curl', curl),
      python === null ? quiet('Python: its body was not kept whole.') : copyBlock('Python', python),
    ],
  },
};

/** @param {ExchangeDetail} detail */
function drawHeaders({ request, response, summary }) {
  return [
    element('h3', {}, `${summary.method} ${summary.path}`),
    ...fieldsOf(request),
    response !== null && element('h3', {}, `${response.status} ${response.reason}`),
    ...(response === null ? [] : fieldsOf(response)),
  ];
}

/** @param {MessageView} message */
function fieldsOf({ headers, trailers }) {
  const behind = trailers.length === 0 ? [] : [element('h4', {}, 'trailers'), factTable(trailers)];
  return [factTable(headers, 'no headers'), ...behind];
}

/** @param {ExchangeDetail} detail */
function drawEvents({ events, eventsMissing }) {
  if (events === null) return quiet(eventsMissing ?? 'No event was made of it.');
  return [...eventOf('Request event', events.request), ...eventOf('Response event', events.response)];
}

/** @param {string} title @param {EventView | null} event */
function eventOf(title, event) {
  if (event === null) return [element('h3', {}, title), quiet('none')];
  return [element('h3', {}, title), factTable(Object.entries(event.attributes)), showBody(event.data)].flat();
}

/** @param {string} text */
function quiet(text) {
  return element('p', { class: 'quiet' }, text);
}
