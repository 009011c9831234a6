// Which paths ask for an inference that can be batched, and of which model; asked for every POST.

/** What an inference path names. Names are percent-decoded for comparing; `modelPath` and `query` are as received. */
export interface InferencePath {
  readonly protocol: 'v1' | 'v2';
  readonly model: string;
  /** Null: no such segment, which is not the same as version 1. */
  readonly version: string | null;
  /** V1 only (TensorFlow Serving's api_rest.md). */
  readonly label: string | null;
  /** `/v2/models/m[/versions/v]` or `/v1/models/m[/versions/v|/labels/l]`: config and metadata are found below. */
  readonly modelPath: string;
  /** With its question mark; '' when there is none. */
  readonly query: string;
}

const inferSuffix = '/infer';
const predictSuffix = ':predict';
const modelsPrefixLength = '/v2/models/'.length;

/** Null: another API, another verb (generate, :explain), or percent-encoding that no server decodes. */
export function readInferencePath(path: string): InferencePath | null {
  const mark = path.indexOf('?');
  const end = mark === -1 ? path.length : mark;
  let protocol: 'v1' | 'v2';
  if (path.endsWith(inferSuffix, end) && path.startsWith('/v2/models/')) protocol = 'v2';
  else if (path.endsWith(predictSuffix, end) && path.startsWith('/v1/models/')) protocol = 'v1';
  else return null;
  const suffix = protocol === 'v2' ? inferSuffix : predictSuffix;
  const modelPath = path.slice(0, end - suffix.length);
  const names = readModelPath(modelPath.slice(modelsPrefixLength));
  if (names === null || (protocol === 'v2' && names.label !== null)) return null;
  return { protocol, ...names, modelPath, query: path.slice(end) };
}

type ModelNames = Pick<InferencePath, 'model' | 'version' | 'label'>;

/** `m`, `m/versions/v` or `m/labels/l`. */
function readModelPath(below: string): ModelNames | null {
  const [segment = '', kind, name, ...more] = below.split('/', 4);
  const model = decodeSegment(segment);
  if (model === null) return null;
  if (kind === undefined) return { model, version: null, label: null };
  const decoded = decodeSegment(name ?? '');
  if (decoded === null || more.length > 0) return null;
  if (kind === 'versions') return { model, version: decoded, label: null };
  return kind === 'labels' ? { model, version: null, label: decoded } : null;
}

const repositoryPath = /^\/v2\/repository(?:\/[^/]+)?\/models\/([^/]+)\/(?:un)?load$/;

/** The decoded name of the model that a request loads or unloads (protocol page 5.1): what is known about it is stale then. */
export function readModelChange(path: string, method: string): string | null {
  if (method !== 'POST' || !path.startsWith('/v2/repository/')) return null;
  const segment = repositoryPath.exec(path.split('?', 1)[0]!)?.[1];
  return segment === undefined ? null : decodeSegment(segment);
}

/** Null: empty, or broken percent-encoding. */
function decodeSegment(segment: string): string | null {
  if (segment === '') return null;
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return null; // "%zz": the server says what it thinks of it
  }
}
