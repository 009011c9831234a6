// Which names at the top of a target folder are ours, so that nothing of a model may have them?

/** Where a pull works. */
export const stagingName = '.outrigger';

/** The file that says: what is in this folder is a whole model. */
export function isMarkerName(name: string): boolean {
  return /^SUCCESS\.[0-9a-f]{64}$/.test(name);
}

/** In upper or lower case: to some file systems it is the same. */
export function isOwnName(name: string): boolean {
  const lower = name.toLowerCase();
  return lower === stagingName || isMarkerName(lower.replace(/^success/, 'SUCCESS'));
}
