// What the part of the address behind # says: which tab, which exchange, which part of it.

export const tabNames = /** @type {const} */ (['exchanges', 'traffic', 'batching', 'events', 'models', 'health']);
export const partNames = /** @type {const} */ (['request', 'response', 'headers', 'batch', 'event', 'code']);

/** @typedef {(typeof tabNames)[number]} TabName */
/** @typedef {(typeof partNames)[number]} PartName */
/** @typedef {{ tab: TabName, id: number | null, part: PartName }} Route */

/**
 * What nobody knows leads to the first tab there is.
 * @param {string} hash
 * @param {readonly TabName[]} tabs those that exist
 * @returns {Route}
 */
export function readRoute(hash, tabs) {
  const [wanted, id, part] = hash.replace(/^#/, '').split('/');
  const tab = tabs.find((name) => name === wanted) ?? tabs[0] ?? 'traffic';
  return {
    tab,
    id: wanted === tab && tab === 'exchanges' && /^[1-9]\d{0,14}$/.test(id ?? '') ? Number(id) : null,
    part: partNames.find((name) => name === part) ?? 'request',
  };
}

/** @param {number} id @param {PartName} [part] */
export function exchangeLink(id, part = 'request') {
  return part === 'request' ? `#exchanges/${id}` : `#exchanges/${id}/${part}`;
}
