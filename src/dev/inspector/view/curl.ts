// A request as a command to paste into a terminal: curl with the same method, path, fields that matter, and the same bytes.
import { isUtf8 } from 'node:buffer';
import type { KeptRequest } from '../kept-exchange.ts';
import { fieldsThatMatter } from '../sent-again.ts';
import { fieldOf, isWhole } from './message-part.ts';
import { spokenProtocol } from './spoken-protocol.ts';
import { isSecret } from './visible-fields.ts';

/** Linux takes no longer argument (MAX_ARG_STRLEN is 128 KiB); longer text goes through a pipe, whose printf is the shell's own. */
const maxArgumentBytes = 64 * 1024;
// Terminals act on these when they are pasted; line breaks stand well inside quotes.
const unpasteable = /[\0-\x09\x0b-\x1f\x7f]/;

/** Null: its body was not kept whole. `agentUrl`: http://host:port. Secrets are left to variables: `$AUTHORIZATION`. */
export function curlOf(request: KeptRequest, agentUrl: string): string | null {
  if (!isWhole(request.body)) return null;
  const bytes = request.body?.bytes ?? Buffer.alloc(0);
  const isGrpc = spokenProtocol(request) === 'gRPC';
  const inline = isPasteable(bytes);
  const words = [
    'curl',
    '-sS',
    ...connectionWords(request, isGrpc),
    ...methodWords(request, bytes),
    quoted(urlOf(request, agentUrl)),
  ];
  const fields = [...fieldWords(request, bytes), ...(isGrpc ? ['-H', quoted('te: trailers')] : [])];
  if (bytes.length === 0) return [...words, ...fields].join(' ');
  if (inline) return [...words, ...fields, '--data-raw', quoted(bytes.toString())].join(' ');
  // The answer is bytes too; -v tells the status of gRPC, which comes behind it.
  const output = isGrpc ? ['-v', '-o', '-', '|', 'od', '-c'] : ['-o', '-'];
  const pipe = `printf %s ${quoted(bytes.toString('base64'))} | base64 -d | `;
  return pipe + [...words, ...fields, '--data-binary', '@-', ...output].join(' ');
}

function connectionWords({ protocol, path }: KeptRequest, isGrpc: boolean): string[] {
  return [
    ...(protocol === 'http2' || isGrpc ? ['--http2-prior-knowledge'] : []),
    ...(/\/\.{1,2}(?:\/|$|\?)/.test(path) ? ['--path-as-is'] : []),
    ...(/[[\]{}]/.test(path) ? ['-g'] : []),
    ...(path.startsWith('/') ? [] : ['--request-target', quoted(path)]), // OPTIONS *
  ];
}

/** What curl does by itself is not said. */
function methodWords({ method }: KeptRequest, bytes: Buffer): string[] {
  if (method === 'HEAD' && bytes.length === 0) return ['--head'];
  return method === (bytes.length === 0 ? 'GET' : 'POST') ? [] : ['-X', quoted(method)];
}

function urlOf({ path }: KeptRequest, agentUrl: string): string {
  return path.startsWith('/') ? agentUrl + path : agentUrl;
}

function fieldWords(request: KeptRequest, bytes: Buffer): string[] {
  const fields = fieldsThatMatter(request);
  const words = fields.flatMap(([name, value]) => ['-H', isSecret(name) ? secretWord(name) : fieldWord(name, value)]);
  // curl would call it a form.
  const untyped = bytes.length > 0 && fieldOf(fields, 'content-type') === undefined;
  return untyped ? [...words, '-H', quoted('Content-Type:')] : words;
}

/** An empty value needs its own spelling: `Name:` would take the field away. */
function fieldWord(name: string, value: string): string {
  return quoted(value === '' ? `${name};` : `${name}: ${value}`);
}

function secretWord(name: string): string {
  return `"${name}: $${name.toUpperCase().replaceAll(/\W/g, '_')}"`;
}

function isPasteable(bytes: Buffer): boolean {
  return bytes.length <= maxArgumentBytes && isUtf8(bytes) && !unpasteable.test(bytes.toString());
}

/** For any shell of POSIX: nothing inside is special but the quote itself. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
