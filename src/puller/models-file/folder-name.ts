// May a model have this name? It becomes a folder in the model folder, and a segment of the runtime's URLs.

/** NAME_MAX of Linux. */
const maxNameBytes = 255;

/** Completes "expected ...". */
export const folderNameRule = `a plain folder name: no "/", no "\\", no control character, no "." in front, 1 to ${maxNameBytes} bytes`;

/** Names that begin with "." are ours (.outrigger), or hidden from runtimes that scan the folder. */
export function isFolderName(name: string): boolean {
  return (
    /^[^./\\][^/\\]*$/.test(name) &&
    !/\p{Cc}/u.test(name) &&
    name.isWellFormed() &&
    Buffer.byteLength(name) <= maxNameBytes
  );
}

/** Equal for names that some file systems (SMB, macOS) take for one: those without upper and lower case, or with one form of "é". */
export function foldedName(name: string): string {
  return name.normalize('NFC').toLowerCase();
}
