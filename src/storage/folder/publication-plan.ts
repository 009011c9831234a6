// What has to change in a target folder so that it holds this model and no other of the same name: decided before anything is touched.
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { OutriggerError } from '../../errors.ts';
import { canonicalJson } from './canonical-json.ts';
import { inFolder } from './folder-failure.ts';
import { InnerFolders } from './inner-folders.ts';
import { foldersAbove, isSafePath } from './inner-path.ts';
import type { Manifest, PlacedFile } from './manifest.ts';
import { isAsPlaced, statsAt } from './stats-at.ts';

/** One file of the model. */
export interface Placement {
  /** Absolute, in staging; null: it stands at its place already. */
  readonly from: string | null;
  readonly file: PlacedFile;
}

export interface PublicationPlan {
  /** Of models that are whole no longer, this one's earlier state among them. */
  readonly markersToRemove: readonly string[];
  /** Ours, and not in this model. */
  readonly filesToRemove: readonly string[];
  readonly moves: readonly (Placement & { readonly from: string })[];
}

export interface PublicationFacts {
  readonly target: string;
  readonly marker: string; // name
  readonly placements: readonly Placement[];
  /** Paths that a killed pull of ours placed, or was to remove; untrusted. */
  readonly leftovers: Iterable<string>;
  /** What the folder holds, by marker's name. */
  readonly models: ReadonlyMap<string, Manifest>;
}

/** @throws OutriggerError UNSAFE_PATH, FOLDER_UNUSABLE: nothing was changed */
export function planPublication({ target, marker, placements, leftovers, models }: PublicationFacts): PublicationPlan {
  const paths = pathsOf(placements);
  const others = [...models].filter(([name]) => name !== marker);
  const ofOthers = new Set(others.flatMap(([, { files }]) => files.map(({ path }) => path)));
  const ours = [...(models.get(marker)?.files ?? []).map(({ path }) => path), ...[...leftovers].filter(isSafePath)];
  const filesToRemove = [...new Set(ours)].filter((path) => !paths.has(path) && !ofOthers.has(path));
  const moves = placements.filter((placement) => placement.from !== null) as PublicationPlan['moves'];
  const moved = new Set(moves.map(({ file }) => file.path));
  const broken = others.filter(([, { files }]) => files.some(({ path }) => moved.has(path))).map(([name]) => name);
  checkPlaces({ target, moves, filesToRemove });
  for (const placement of placements) checkFile(target, placement);
  return { markersToRemove: [marker, ...broken], filesToRemove, moves };
}

/** The folder holds this very model already, and its marker stays as it is: whoever watches it sees no change. */
export function isPublished(
  manifest: Manifest,
  { plan, before }: { readonly plan: PublicationPlan; readonly before: Manifest | undefined },
): boolean {
  if (before === undefined || plan.moves.length > 0 || plan.filesToRemove.length > 0) return false;
  return textOf(manifest) === textOf(before);
}

/** The same for the same model, in whatever order its files were listed. */
function textOf({ spec, files }: Manifest): string {
  return canonicalJson([spec, files.toSorted((one, other) => (one.path < other.path ? -1 : 1))]);
}

/** @throws OutriggerError UNSAFE_PATH: two files of one name, or a file that is the folder of another */
function pathsOf(placements: readonly Placement[]): ReadonlySet<string> {
  const paths = new Set(placements.map(({ file }) => file.path));
  const twice = paths.size < placements.length ? secondOf(placements) : undefined;
  const clash = twice ?? [...paths].flatMap(foldersAbove).find((folder) => paths.has(folder));
  if (clash === undefined) return paths;
  throw new OutriggerError('UNSAFE_PATH', `${clash}: the model has two things of this name, and a folder takes one`);
}

function secondOf(placements: readonly Placement[]): string | undefined {
  const seen = new Set<string>();
  return placements.find(({ file }) => seen.size === seen.add(file.path).size)?.file.path;
}

function checkPlaces({
  target,
  moves,
  filesToRemove,
}: { target: string } & Pick<PublicationPlan, 'moves' | 'filesToRemove'>) {
  const folders = new InnerFolders(target);
  const gone = new Set(filesToRemove);
  const foldersOfGone = new Set(filesToRemove.flatMap(foldersAbove));
  for (const { file } of moves) folders.checkPlace(file.path, { gone, foldersOfGone });
}

/** It is still what was verified: nobody wrote to it meanwhile. */
function checkFile(target: string, { from, file }: Placement): void {
  const path = from ?? join(target, file.path);
  const stats = statsAt(path);
  if (!isAsPlaced(stats, file)) {
    throw new OutriggerError('FOLDER_UNUSABLE', `${path} was changed by somebody else during the pull; pull again`);
  }
  const mode = stats.mode & 0o111 ? 0o755 : 0o644;
  if (from !== null && (stats.mode & 0o7777) !== mode) inFolder(path, () => chmodSync(path, mode));
}
