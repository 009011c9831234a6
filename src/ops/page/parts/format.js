// Figures as people read them: counts, times, bytes, shapes.
/** @import { TensorHead } from '../../../dev/inspector/api.ts' */

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
const SHOWN_TENSORS = 3;
const DASH = '–';

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });
const significant = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });

/** `1,240`. @param {number} count */
export function showCount(count) {
  return whole.format(count);
}

/** `1 request`, `1,240 requests`. @param {number} count @param {string} noun */
export function showCounted(count, noun) {
  return `${showCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** A rate or a mean: `1,240`, `12.5`, `0.3`; null: a dash. @param {number | null} value */
export function showNumber(value) {
  if (value === null || !Number.isFinite(value)) return DASH;
  return Math.abs(value) >= 100 ? whole.format(value) : fine.format(value);
}

/** `0.42 ms`, `12.5 ms`, `1.2 s`, `2 min 5 s`; null: a dash. @param {number | null} ms */
export function showMs(ms) {
  if (ms === null || !Number.isFinite(ms)) return DASH;
  if (ms < 1000) return `${ms < 10 ? Number(ms.toFixed(2)) : ms < 100 ? Number(ms.toFixed(1)) : Math.round(ms)} ms`;
  return ms < 60_000 ? `${significant.format(ms / 1000)} s` : showSpan(ms / 1000);
}

/** Its two largest parts: `3 d 4 h`, `5 min 12 s`. @param {number} seconds */
export function showSpan(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  /** @type {[number, string][]} */
  const parts = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  if (first === -1) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(' ');
}

/** `1.5 GiB`. @param {number} bytes */
export function showBytes(bytes) {
  let [value, unit] = [Math.max(0, bytes), 0];
  while (value >= 1000 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${BYTE_UNITS[unit]}`;
}

/** The reader's own time of day: `14:03:07.120`. @param {string | number} at ISO 8601, or epoch in ms */
export function showTime(at, { millis = true } = {}) {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return DASH;
  const two = (/** @type {number} */ value) => String(value).padStart(2, '0');
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return millis ? `${time}.${String(date.getMilliseconds()).padStart(3, '0')}` : time;
}

/** How far it is from now: `in 12 s`, `4 min 2 s ago`. @param {string} at ISO 8601 @param {number} nowMs epoch */
export function showFromNow(at, nowMs) {
  const seconds = (Date.parse(at) - nowMs) / 1000;
  if (Number.isNaN(seconds)) return DASH;
  if (Math.abs(seconds) < 1) return 'now';
  return seconds > 0 ? `in ${showSpan(seconds)}` : `${showSpan(-seconds)} ago`;
}

/** `x FP32 [1,64]`. @param {TensorHead} tensor */
function showTensor({ name, datatype, shape }) {
  return `${name} ${datatype} [${shape.join(',')}]`;
}

/** At most three of them. @param {readonly TensorHead[]} tensors */
export function showTensors(tensors) {
  const shown = tensors.slice(0, SHOWN_TENSORS).map(showTensor).join(', ');
  return tensors.length > SHOWN_TENSORS ? `${shown} +${tensors.length - SHOWN_TENSORS}` : shown;
}

/** A number of a statistic, as short as it may be. @param {number} value */
export function showStatistic(value) {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  return size !== 0 && (size < 0.001 || size >= 1e9) ? value.toExponential(3) : String(Number(value.toPrecision(6)));
}

/** A word of a metric's label: `too many rows`. @param {string} label */
export function showLabel(label) {
  return label.replaceAll('_', ' ');
}
