// Which fields end at this hop, and which only look like fields that frame a message (RFC 9110 7.6.1, RFC 9112 6).

/** What the one pass over a head does with a field of that name. */
export type FieldRole =
  | 'connection'
  | 'content-encoding'
  | 'content-length'
  | 'content-type'
  | 'drop' // hop-by-hop by its own definition
  | 'expect'
  | 'forwarded'
  | 'forwarded-for'
  | 'forwarded-host'
  | 'forwarded-proto'
  | 'host'
  | 'look-alike' // of a hop-by-hop or forwarding field: not passed on to a runtime
  | 'network-probe'
  | 'refuse' // a look-alike of a framing field: some runtime may read it as one
  | 'te'
  | 'trailer'
  | 'transfer-encoding'
  | 'upgrade'
  | 'user-agent';

const hopByHop = [
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'http2-settings',
];
const forwarding = ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto'];
const framing = ['transfer-encoding', 'content-length'];
const oddSeparators = "!#$%&'*+.^_`|~"; // what a field name may hold beside letters, digits and '-' (RFC 9110 5.6.2)

/** By lower-case name; a field that is not here is an ordinary end-to-end field. */
export const fieldRoles: ReadonlyMap<string, FieldRole> = new Map<string, FieldRole>([
  ['connection', 'connection'],
  ['content-encoding', 'content-encoding'],
  ['content-length', 'content-length'],
  ['content-type', 'content-type'],
  ['expect', 'expect'],
  ['forwarded', 'forwarded'],
  ['x-forwarded-for', 'forwarded-for'],
  ['x-forwarded-host', 'forwarded-host'],
  ['x-forwarded-proto', 'forwarded-proto'],
  ['host', 'host'],
  ['k-network-probe', 'network-probe'],
  ['te', 'te'],
  ['trailer', 'trailer'],
  ['transfer-encoding', 'transfer-encoding'],
  ['upgrade', 'upgrade'],
  ['user-agent', 'user-agent'],
  ...hopByHop.map((name) => [name, 'drop'] as const),
  // A runtime that maps '-' and '_' to one name (WSGI, CGI) must not take these for ours.
  ...[...hopByHop, ...forwarding].flatMap(lookAlikes).map((name) => [name, 'look-alike'] as const),
  // Old CGI servers map every byte that is neither letter nor digit to '_': a framing field must not come in by that door.
  ...framing.flatMap((name) => [...oddSeparators].map((byte) => [name.replace('-', byte), 'refuse'] as const)),
]);

/** `a-b-c` with any of its hyphens as underscores, without the name itself: `a_b-c`, `a-b_c`, `a_b_c`. */
function lookAlikes(name: string): string[] {
  const [first = '', ...rest] = name.split('-');
  const spelled = rest.reduce(
    (heads, part) => heads.flatMap((head) => [`${head}-${part}`, `${head}_${part}`]),
    [first],
  );
  return spelled.filter((spelling) => spelling !== name);
}

/** Undefined for an ordinary end-to-end field. `lowerName` is in lower case. */
export function fieldRole(lowerName: string): FieldRole | undefined {
  return fieldRoles.get(lowerName);
}

/**
 * Lower-case names that a message's Connection fields list, without `close` and `keep-alive`; null when there are none.
 * `earlier` are those of the message's Connection fields before this one.
 */
export function readConnectionOptions(
  value: string,
  earlier: readonly string[] | null = null,
): readonly string[] | null {
  const lower = value.toLowerCase();
  if (lower === 'keep-alive' || lower === 'close') return earlier;
  const names = lower
    .split(',')
    .map((option) => option.trim())
    .filter((option) => option !== '' && option !== 'close' && option !== 'keep-alive');
  if (names.length === 0) return earlier;
  return earlier === null ? names : [...earlier, ...names];
}

/** Removes the fields whose lower-case name is in `names` from a flat block, in place order. */
export function withoutFields(flat: readonly string[], names: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] as string;
    if (!names.includes(name.toLowerCase())) kept.push(name, flat[i + 1] as string);
  }
  return kept;
}
