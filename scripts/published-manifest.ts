// The repository's package.json -> the one in the tarball: what runs is bundled, so installing outrigger brings nothing else.

export interface Manifest {
  readonly [field: string]: unknown;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Only useful in a checkout; node-linux-* in particular would put a foreign `node` into the installing project's .bin. */
const CHECKOUT_FIELDS = ['scripts', 'dependencies', 'devDependencies', 'optionalDependencies', 'allowScripts'];

/** Not bundled (native) and not needed but by `outrigger dev` without --upstream, which asks for it. */
const OPTIONAL_PEER = 'onnxruntime-node';

export function publishedManifest(manifest: Manifest): Manifest {
  const kept = Object.entries(manifest).filter(([field]) => !CHECKOUT_FIELDS.includes(field));
  const version = manifest.optionalDependencies?.[OPTIONAL_PEER];
  if (version === undefined) throw new Error(`package.json: optionalDependencies does not name ${OPTIONAL_PEER}`);
  return {
    ...Object.fromEntries(kept),
    peerDependencies: { [OPTIONAL_PEER]: `^${version}` },
    peerDependenciesMeta: { [OPTIONAL_PEER]: { optional: true } },
  };
}
