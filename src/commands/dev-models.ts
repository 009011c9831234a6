// The models that `outrigger dev --model name=uri` asks for.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { quoteRejected as quote } from '../config/secrets.ts';
import { OutriggerError } from '../errors.ts';
import { folderNameRule, isFolderName } from '../puller/models-file/folder-name.ts';
import { readModelUri } from '../storage/uri/read-model-uri.ts';

export interface DevModel {
  readonly name: string;
  /** As models.json has it; may hold secrets. Files and folders of this machine are absolute. */
  readonly uri: string;
}

export interface DevModelsReading {
  readonly models: readonly DevModel[];
  readonly problems: readonly string[];
}

/** `texts`: each `name=uri`, or `name=path`. */
export function readDevModels(texts: readonly string[]): DevModelsReading {
  const models = new Map<string, DevModel>();
  const problems: string[] = [];
  for (const text of texts) {
    const [, name = '', place = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
    const uri = uriOf(place);
    const problem =
      problemOf(text, { name, place, uri }) ?? (models.has(name) ? `one of the name ${quote(name)}` : null);
    if (problem === null) models.set(name, { name, uri });
    else problems.push(`--model: expected ${problem}`);
  }
  return { models: [...models.values()], problems };
}

/** A path of this machine is a file:// URI; other texts are URIs as they are. */
function uriOf(place: string): string {
  return isPath(place) ? `file://${resolve(place.replace(/^file:\/\//i, ''))}` : place;
}

function isPath(place: string): boolean {
  return !/^[a-z][a-z0-9+.-]*:\/\//i.test(place) || /^file:\/\/\//i.test(place);
}

/** Completes "expected ..."; null: none. */
function problemOf(text: string, { name, place, uri }: { name: string; place: string; uri: string }): string | null {
  if (name === '' || place === '')
    return `name=uri, such as mine=./model.onnx or mine=s3://bucket/mine, got ${quote(text)}`;
  if (!isFolderName(name)) return `${folderNameRule} before the "=", got ${quote(name)}`;
  if (isPath(place) && !existsSync(resolve(place.replace(/^file:\/\//i, '')))) {
    return `a file or folder that is there for model ${name}, got ${quote(place)}`;
  }
  try {
    readModelUri(uri);
    return null;
  } catch (error) {
    if (error instanceof OutriggerError) return `the URI of a model for ${name}: ${error.message}`;
    throw error;
  }
}
