// A batch as a picture: how long each member waited until the common call, and how long that took.
/** @import { BatchView, BatchMember } from '../../../dev/inspector/api.ts' */
import { element } from '../parts/element.js';
import { showMs, showTime } from '../parts/format.js';
import { exchangeLink } from '../state/route.js';

const MAX_MEMBERS = 48;
/** Of the width: a span that has less has no room for its length. */
const LABEL_SHARE = 0.25;

/** @param {BatchView} batch @param {number | null} [ownId] of the exchange that is looked at */
export function batchPicture(batch, ownId = null) {
  const { members, runtimeMs } = batch;
  const longestMs = Math.max(0, ...members.map(({ waitMs }) => waitMs));
  const shown = members.slice(0, MAX_MEMBERS);
  const more = members.length - shown.length;
  return element(
    'figure',
    { class: 'batch', vars: { longest: longestMs, run: runtimeMs, span: Math.max(0.001, longestMs + runtimeMs) } },
    element('figcaption', {}, captionOf(batch)),
    element(
      'div',
      { class: 'lanes' },
      element(
        'ol',
        {},
        shown.map((member) => memberLane(member, { longestMs, isOwn: member.id === ownId })),
      ),
      element('div', { class: 'call' }, element('span', {}, `runtime ${showMs(runtimeMs)}`)),
    ),
    element(
      'div',
      { class: 'scale', 'aria-hidden': 'true' },
      longestMs > LABEL_SHARE * (longestMs + runtimeMs) && element('span', {}, `−${showMs(longestMs)}`),
      element('span', { class: 'called' }, '0'),
      runtimeMs > LABEL_SHARE * (longestMs + runtimeMs) && element('span', { class: 'end' }, `+${showMs(runtimeMs)}`),
    ),
    more > 0 && element('p', { class: 'quiet' }, `and ${more} more`),
  );
}

/** @param {BatchView} batch */
function captionOf({ at, model, requests, rows, members, runtimeMs }) {
  const meanMs = members.reduce((sum, { waitMs }) => sum + waitMs, 0) / Math.max(1, members.length);
  const unseen = requests - members.length;
  return [
    element('b', {}, `${requests} ${requests === 1 ? 'request' : 'requests'}, ${rows} ${rows === 1 ? 'row' : 'rows'}`),
    ` ${model ?? ''} · called at ${showTime(at)} · mean wait ${showMs(meanMs)}, runtime ${showMs(runtimeMs)}`,
    unseen > 0 && ` · ${unseen} not seen`,
  ];
}

/** @param {BatchMember} member @param {{ longestMs: number, isOwn: boolean }} place */
function memberLane({ id, waitMs, status }, { longestMs, isOwn }) {
  const isFault = status !== null && status >= 400;
  return element(
    'li',
    { class: isOwn ? 'own' : '', vars: { from: longestMs - waitMs, waited: waitMs } },
    element(
      'a',
      {
        href: exchangeLink(id, 'batch'),
        'aria-current': isOwn ? 'true' : null,
        title: `#${id} waited ${showMs(waitMs)}${status === null ? '' : `, status ${status}`}`,
      },
      element('span', { class: isFault ? 'id bad' : 'id' }, `#${id}`),
      element('span', { class: 'track' }, element('i', { class: 'wait' })),
      element('span', { class: 'waited' }, showMs(waitMs)),
    ),
  );
}
