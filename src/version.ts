// Which version is this? The manifest's, read in place when run from source and put into the bundle at build time.

import manifest from '../package.json' with { type: 'json' };

export const version: string = manifest.version;
