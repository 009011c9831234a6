// Where things lie in the model folder, and which names models and versions can have there.
import { join } from 'node:path';
import { OutriggerError } from '../../errors.ts';
import { markerName } from '../../storage/folder/marker.ts';
import { isFolderName } from '../models-file/folder-name.ts';

const markerPrefix = 'SUCCESS.';

/** Absolute paths. */
export interface Layout {
  readonly root: string;
  /** Ours alone; a folder for each model in it. */
  readonly own: string;
  readonly trash: string;
  /** What stood where a model's link had to go. */
  readonly aside: string;
  /** Links and markers that have no name yet. */
  readonly drafts: string;
  /** Who keeps models here says so in it. */
  readonly lock: string;
}

const ownName = '.outrigger';

export function layoutOf(root: string): Layout {
  const own = join(root, ownName);
  return {
    root,
    own,
    trash: join(own, '.trash'),
    aside: join(own, '.aside'),
    drafts: join(own, '.drafts'),
    lock: join(own, '.lock'),
  };
}

/** Id of the version that a pull of this spec makes first: the sha256 of its canonical JSON. */
export function versionIdOf(spec: Readonly<Record<string, unknown>>): string {
  return markerName(spec).slice(markerPrefix.length);
}

/** The marker that the folder of a version has when it is complete. */
export function markerOf(id: string): string {
  return `${markerPrefix}${id.slice(0, 64)}`;
}

/** Of a version's folder; relative to the model folder, which the runtime may see at another path. */
export function versionPathOf(name: string, id: string): string {
  return `${ownName}/${name}/${id}`;
}

export function isVersionId(id: string): boolean {
  return /^[0-9a-f]{64}(\.[1-9]\d{0,8})?$/.test(id);
}

/** @throws OutriggerError INTERNAL: names are checked where models.json is read */
export function modelFolderOf(layout: Layout, name: string): string {
  if (!isFolderName(name)) throw new OutriggerError('INTERNAL', 'a name of a model that is no plain folder name');
  return join(layout.own, name);
}

/** @throws OutriggerError INTERNAL */
export function versionFolderOf(layout: Layout, { name, id }: { readonly name: string; readonly id: string }): string {
  if (!isVersionId(id)) throw new OutriggerError('INTERNAL', `${name}: "${id}" is no id of a version`);
  return join(modelFolderOf(layout, name), id);
}
