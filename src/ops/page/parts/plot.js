// A plot of the last five minutes by uplot, in the colours of the page.
/** @import { Sample } from '../state/history.js' */

import uPlot from '../uplot.js';
import { element } from './element.js';

const HEIGHT_PX = 190;
const MIN_SPAN_MS = 60_000;
const MAX_SPAN_MS = 300_000;
const POWERS_OF_TWO = Array.from({ length: 50 }, (_, power) => 2 ** power);

/**
 * @typedef {object} Line
 * @property {string} name
 * @property {string} color name of a custom property of the page
 * @property {(sample: Sample) => number | null} read
 * @property {boolean} [filled]
 */

export class Plot {
  /** @type {uPlot | null} */
  #plot = null;
  #place = element('div', { class: 'plot-place' });
  #lines;
  #show;
  #isBytes;
  /** @type {readonly Sample[]} */
  #samples = [];

  /** @param {{ title: string, note?: string, lines: readonly Line[], show: (value: number) => string, isBytes?: boolean }} options `isBytes`: round figures are powers of two */
  constructor({ title, note, lines, show, isBytes = false }) {
    this.#isBytes = isBytes;
    this.#lines = lines;
    this.#show = show;
    this.node = element(
      'figure',
      { class: 'card plot' },
      element('figcaption', {}, element('h2', {}, title), note !== undefined && element('p', { class: 'quiet' }, note)),
      this.#place,
    );
    new ResizeObserver(() => this.#resize()).observe(this.#place);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#rebuild());
  }

  /** @param {readonly Sample[]} samples */
  draw(samples) {
    this.#samples = samples;
    if (this.#place.clientWidth === 0) return; // not shown
    this.#plot ??= this.#build();
    const last = samples.at(-1)?.atMs ?? Date.now();
    const first = Math.max(samples[0]?.atMs ?? last, last - MAX_SPAN_MS);
    this.#plot.setData(this.#dataOf(samples), false);
    this.#plot.batch(() => {
      this.#plot?.setScale('x', { min: Math.min(first, last - MIN_SPAN_MS) / 1000, max: last / 1000 });
      this.#plot?.setScale('y', { min: 0, max: topOf(this.#dataOf(samples)) });
    });
    if (this.#plot.cursor.idx === null || this.#plot.cursor.idx === undefined) {
      this.#plot.setLegend({ idx: samples.length - 1 }, false);
    }
  }

  /** @param {readonly Sample[]} samples @returns {uPlot.AlignedData} */
  #dataOf(samples) {
    const lines = this.#lines.map(({ read }) => samples.map(read));
    return [samples.map(({ atMs }) => atMs / 1000), ...lines];
  }

  #resize() {
    const width = this.#place.clientWidth;
    if (width === 0) return;
    if (this.#plot === null) this.draw(this.#samples);
    else if (this.#plot.width !== width) this.#plot.setSize({ width, height: HEIGHT_PX });
  }

  #rebuild() {
    this.#plot?.destroy();
    this.#plot = null;
    this.draw(this.#samples);
  }

  #build() {
    const colorOf = colorsOf(this.#place);
    const axis = { stroke: colorOf('muted'), font: '11px Inter, system-ui, sans-serif' };
    const grid = { stroke: colorOf('line'), width: 1 };
    const ticks = { show: false };
    return new uPlot(
      {
        width: this.#place.clientWidth,
        height: HEIGHT_PX,
        cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
        legend: { live: true },
        scales: { x: { time: true, auto: false }, y: { auto: false } },
        axes: [
          { ...axis, grid: { show: false }, ticks, space: 80, values: '{HH}:{mm}:{ss}' },
          {
            ...axis,
            grid,
            ticks,
            size: 58,
            space: 34,
            values: (_, values) => values.map(this.#show),
            ...(this.#isBytes ? { incrs: POWERS_OF_TWO } : {}),
          },
        ],
        series: [
          { label: 'time', value: '{HH}:{mm}:{ss}' },
          ...this.#lines.map(({ name, color, filled = false }) => ({
            label: name,
            stroke: colorOf(color),
            width: 1.5,
            points: { show: false },
            ...(filled ? { fill: colorOf(`${color}-faint`) } : {}),
            value: (/** @type {uPlot} */ _, /** @type {number | null} */ value) =>
              value === null || value === undefined ? '–' : this.#show(value),
          })),
        ],
      },
      this.#dataOf(this.#samples),
      this.#place,
    );
  }
}

/** Room above the highest point, and never a flat scale. @param {uPlot.AlignedData} data */
function topOf([, ...lines]) {
  let top = 0;
  for (const line of lines) for (const value of line) top = Math.max(top, value ?? 0);
  return top === 0 ? 1 : top * 1.15;
}

/** What a custom property comes to in the light or the dark. @param {HTMLElement} place @returns {(name: string) => string} */
function colorsOf(place) {
  return (name) => {
    const probe = place.appendChild(element('i'));
    probe.style.color = `var(--${name})`;
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };
}
