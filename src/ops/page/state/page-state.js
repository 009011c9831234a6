// What every tab is given to draw.
/** @import { BriefReport } from '../../status.ts' */
/** @import { History } from './history.js' */

/**
 * @typedef {object} PageState
 * @property {BriefReport} status
 * @property {History} history
 * @property {boolean} isDev bodies can be looked at
 */

/**
 * A tab: drawn when it is shown and each time that something new is known.
 * @typedef {object} View
 * @property {HTMLElement} node
 * @property {(state: PageState) => void} draw
 * @property {() => void} [focusFilter]
 */

export {};
