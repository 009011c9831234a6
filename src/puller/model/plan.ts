// What is to be done next for one model: a pure decision over what is wanted, what lies on disk and what the runtime has.

/** What the runtime has of a model: the files of a version; `unknown`: maybe some, of whatever version; null: nothing. */
export type Loaded = { readonly version: string } | 'unknown' | null;

interface VersionFacts {
  readonly id: string;
  readonly filesKey: string;
  /** The files behind the same URI have changed since. */
  readonly outdated: boolean;
  /** Monotonic: since when it is not the linked one; whoever resolved the link before may still read there. */
  readonly staleSinceMs: number;
}

export interface ModelFacts {
  /** filesKey of what models.json wants; null: the model is not wanted. */
  readonly wanted: string | null;
  /** Complete ones, the newest last. */
  readonly versions: readonly VersionFacts[];
  /** Where `<model-dir>/<name>` leads. */
  readonly linked: string | null;
  /** Pulls that did not end have left something. */
  readonly hasLeftovers: boolean;
  readonly loaded: Loaded;
  /** Should it be in the runtime's memory: false for lack of room, until a request wants it. */
  readonly inMemory: boolean;
  /** Should its files be on disk: false for lack of room; only false when inMemory is. */
  readonly onDisk: boolean;
  /** What is linked was loaded before, or is worth a try while something else cannot be had; and has not failed since. */
  readonly restorable: boolean;
  /** The step that failed last is not tried before; null: nothing failed. */
  readonly held: { readonly step: Step['kind']; readonly untilMs: number } | null;
}

export type Step =
  /** Bring the wanted files. */
  | { readonly kind: 'pull' }
  /** Link this version, then have it loaded; when that fails the link goes back. */
  | { readonly kind: 'load'; readonly version: string }
  /** The wanted files are not to be had yet, and the runtime has lost those of before, which are linked: it is given them again. */
  | { readonly kind: 'restore'; readonly version: string }
  /** For lack of memory it is not loaded: link alone. */
  | { readonly kind: 'link'; readonly version: string }
  | { readonly kind: 'unload' }
  /** Link and all files; nobody has it loaded. */
  | { readonly kind: 'delete' }
  /** Versions that nobody needs any more, and what is left of pulls that did not end. */
  | { readonly kind: 'remove'; readonly versions: readonly string[] }
  | { readonly kind: 'wait'; readonly untilMs: number }
  /** All is as it is wanted. */
  | { readonly kind: 'rest' }
  /** Nothing is left of a model that nobody wants. */
  | { readonly kind: 'forget' };

/** A reader that resolved the link gets so long to read on. */
const readOnMs = 5_000;

/**
 * Repeated until it says rest or forget, it brings every model to the newest wanted state, from whatever a crash left behind. It never
 * deletes what is linked or loaded, and never links what is not complete.
 */
export function planStep(facts: ModelFacts, nowMs: number): Step {
  const { held } = facts;
  const step = nextStep(facts, nowMs);
  const isHeld = held?.step === step.kind && nowMs < held.untilMs;
  if (step.kind === 'pull' || (step.kind === 'load' && isHeld)) {
    const version = restorableVersion(facts);
    if (version !== null) return { kind: 'restore', version };
  }
  return isHeld ? { kind: 'wait', untilMs: held.untilMs } : step;
}

/** Null: there is none that could serve meanwhile, or one does. */
function restorableVersion({ wanted, versions, linked, loaded, inMemory, restorable }: ModelFacts): string | null {
  if (!restorable || loaded !== null || !inMemory) return null;
  const before = versions.find(({ id }) => id === linked);
  return before === undefined || (before.filesKey === wanted && !before.outdated) ? null : before.id;
}

function nextStep(facts: ModelFacts, nowMs: number): Step {
  const { wanted, linked, loaded, inMemory, onDisk } = facts;
  const isWanted = wanted !== null;
  if (loaded !== null && !(isWanted && inMemory)) return { kind: 'unload' };
  if (!isWanted || !onDisk) {
    if (linked !== null || facts.versions.length > 0 || facts.hasLeftovers) return { kind: 'delete' };
    return { kind: isWanted ? 'rest' : 'forget' };
  }
  const target = versionOf(facts, wanted);
  if (target === null) return { kind: 'pull' };
  if (inMemory && !isLoaded(loaded, target)) return { kind: 'load', version: target };
  if (linked !== target) return { kind: 'link', version: target };
  return retire(facts, target, nowMs);
}

/** The complete version that has the wanted files; of several the newest. Null: none, they have to be pulled. */
export function versionOf({ versions }: Pick<ModelFacts, 'versions'>, wanted: string): string | null {
  return versions.findLast(({ filesKey, outdated }) => filesKey === wanted && !outdated)?.id ?? null;
}

/** Certainly these files. */
export function isLoaded(loaded: Loaded, version: string | null): boolean {
  return loaded !== null && loaded !== 'unknown' && loaded.version === version;
}

/** Everything stands; what was before goes when nobody can be reading it any more. */
function retire({ versions, hasLeftovers }: ModelFacts, target: string, nowMs: number): Step {
  const stale = versions.filter(({ id }) => id !== target);
  if (stale.length === 0) return hasLeftovers ? { kind: 'remove', versions: [] } : { kind: 'rest' };
  const due = stale.filter(({ staleSinceMs }) => nowMs >= staleSinceMs + readOnMs);
  if (due.length > 0) return { kind: 'remove', versions: due.map(({ id }) => id) };
  return { kind: 'wait', untilMs: Math.min(...stale.map(({ staleSinceMs }) => staleSinceMs + readOnMs)) };
}
