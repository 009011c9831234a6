// What the reader has to know about what is not there: bodies that were not kept, lines that were skipped.
/** @import { ExchangeStore } from './store.js' */
import { showBytes, showCount, showCounted, showNumber } from '../parts/format.js';

/** Null: all is there. @param {Pick<ExchangeStore, 'limits' | 'skipped'>} store */
export function limitsNotice({ limits, skipped }) {
  if (limits === null) return null;
  const { perSecond, keptPerSecond, maxKeptPerSecond, maxExchanges, maxBytes, heldExchanges, heldBytes } = limits;
  const said = [];
  if (perSecond - keptPerSecond >= 0.5) {
    said.push(`${showNumber(perSecond)} a second; bodies of ${showNumber(maxKeptPerSecond)} a second are kept`);
  }
  if (skipped > 0) said.push(`${showCounted(skipped, 'line')} skipped: too many for a list`);
  if (heldExchanges >= maxExchanges || heldBytes >= maxBytes * 0.95) {
    said.push(
      `the newest ${showCount(heldExchanges)} are held, ${showBytes(heldBytes)} of ${showBytes(maxBytes)} of bodies`,
    );
  }
  return said.length === 0 ? null : `${said.join(' · ')}.`;
}
