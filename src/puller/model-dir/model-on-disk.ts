// What of a model lies in the model folder: complete versions side by side, one of them linked.
//
//   <model-dir>/<name>                      symbolic link, relative, to the version that runtimes read
//   <model-dir>/.outrigger/<name>/<id>/     one version: its files and the marker SUCCESS.<sha256>, or a pull under way
//   <model-dir>/.outrigger/.trash/          what is being deleted; swept at the start

export interface ModelVersion {
  /** Folder name: the sha256 of the spec, with `.<n>` behind it when the files behind the same URI had changed. */
  readonly id: string;
  /** As the marker holds it. */
  readonly spec: Readonly<Record<string, unknown>>;
  /** See WantedModel.filesKey; computed from the spec in the marker. */
  readonly filesKey: string;
  /** Of its files, as the marker says. */
  readonly bytes: number;
}

export interface ModelOnDisk {
  readonly name: string;
  /** Complete ones, with their marker. */
  readonly versions: readonly ModelVersion[];
  /** Id of the version that `<model-dir>/<name>` leads to; null: no link, or it leads to nothing complete. */
  readonly linked: string | null;
}
