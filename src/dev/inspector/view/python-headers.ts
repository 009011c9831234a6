// The fields of a request for a script: secrets come from the environment.
import type { KeptRequest } from '../kept-exchange.ts';
import { fieldsThatMatter } from '../sent-again.ts';
import { pythonText } from './python-literal.ts';
import { isSecret } from './visible-fields.ts';

/** What tritonclient says by itself. */
const ownOfTriton: readonly string[] = [
  ...['content-type', 'content-encoding', 'inference-header-content-length', 'grpc-encoding'],
];

export interface PythonHeaders {
  /** A dict. */
  readonly text: string;
  readonly usesEnvironment: boolean;
}

/** Null: none are needed. Of duplicates the last one counts: it is a dict. */
export function pythonHeaders(request: KeptRequest, client: 'http' | 'grpc' | 'requests'): PythonHeaders | null {
  const fields = fieldsThatMatter(request).filter(
    ([name]) => client === 'requests' || !ownOfTriton.includes(name.toLowerCase()),
  );
  if (fields.length === 0) return null;
  const entries = fields.map(([name, value]) => {
    const key = client === 'grpc' ? name.toLowerCase() : name; // grpcio refuses other metadata
    return `${pythonText(key)}: ${isSecret(name) ? fromEnvironment(name) : pythonText(value)}`;
  });
  return { text: `{${entries.join(', ')}}`, usesEnvironment: fields.some(([name]) => isSecret(name)) };
}

function fromEnvironment(name: string): string {
  return `os.environ[${pythonText(name.toUpperCase().replaceAll(/\W/g, '_'))}]`;
}
