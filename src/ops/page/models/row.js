// One model as a line: its state, its download as a bar, its failure with the next try.
/** @import { ModelReport } from '../../../model-report.ts' */
import { element } from '../parts/element.js';
import { showBytes, showFromNow, showSpan } from '../parts/format.js';
import { pill } from '../parts/tiles.js';

/** @type {Readonly<Record<ModelReport['state'], string>>} */
const tones = {
  wanted: '',
  downloading: 'live',
  verifying: 'live',
  loading: 'live',
  ready: 'ok',
  idle: '',
  failed: 'bad',
  removing: 'warn',
};

/** @param {ModelReport} model @param {number} nowMs epoch */
export function modelRow({ name, state, serving, uri, version, download, memoryBytes, diskBytes, failure }, nowMs) {
  const stale = state !== 'ready' && serving;
  return element(
    'tr',
    {},
    element('th', { scope: 'row' }, name, element('span', { class: 'sub path', title: uri }, uri)),
    element(
      'td',
      {},
      pill(state, tones[state]),
      stale && element('span', { class: 'sub' }, 'still serves'),
      version !== null && element('span', { class: 'sub mono', title: version }, version.slice(0, 10)),
    ),
    element('td', {}, download === null ? '' : progressOf(download)),
    element('td', { class: 'number' }, diskBytes === 0 ? '–' : showBytes(diskBytes)),
    element('td', { class: 'number' }, memoryBytes === null ? '–' : showBytes(memoryBytes)),
    element('td', { class: 'failure' }, failure === null ? '' : failureOf(failure, nowMs)),
  );
}

/** @param {NonNullable<ModelReport['download']>} download */
function progressOf({ doneBytes, totalBytes, bytesPerSecond, etaSeconds }) {
  const of = totalBytes === null ? '' : ` of ${showBytes(totalBytes)}`;
  const eta = etaSeconds === null ? '' : `, ${showSpan(etaSeconds)} to go`;
  return [
    element('progress', totalBytes === null ? {} : { value: doneBytes, max: Math.max(1, totalBytes) }),
    element('span', { class: 'sub' }, `${showBytes(doneBytes)}${of}, ${showBytes(bytesPerSecond)}/s${eta}`),
  ];
}

/** @param {NonNullable<ModelReport['failure']>} failure @param {number} nowMs */
function failureOf({ code, reason, attempts, nextTryAt }, nowMs) {
  const next = nextTryAt === null ? 'being tried now' : `next try ${showFromNow(nextTryAt, nowMs)}`;
  return [
    element('b', {}, code),
    ` ${reason}`,
    element('span', { class: 'sub' }, `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}, ${next}`),
  ];
}
