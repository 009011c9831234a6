// A mark beside a tab's name: something there needs an eye.
/** @import { BriefReport } from '../../status.ts' */
/** @import { TabName } from '../state/route.js' */
/** @import { Badge } from './tab-list.js' */
import { showCount } from '../parts/format.js';

/** @param {TabName} tab @param {BriefReport} status @returns {Badge | null} */
export function tabBadge(tab, { readiness, logging, models }) {
  if (tab === 'health' && !readiness.ready) return { text: '!', meaning: 'not ready' };
  if (tab === 'events' && logging?.sinks.some(({ healthy }) => !healthy)) return { text: '!', meaning: 'a sink fails' };
  const failed = models?.counts.failed ?? 0;
  if (tab === 'models' && failed > 0) return { text: showCount(failed), meaning: 'failed' };
  return null;
}
