// What --log-redact names: a place in JSON (names, indices and `*` of JSONPath, RFC 9535), or a tensor of V2.
import { list } from './lists.ts';
import type { RedactRule } from './slices.ts';
import type { Kind } from './values.ts';

export interface WrittenRule {
  /** As the operator wrote it, without blanks around it. */
  readonly text: string;
  readonly rule: RedactRule;
}

type Step = Extract<RedactRule, { readonly kind: 'path' }>['steps'][number];

/** Steps that follow each other without a gap. A bare name may have hyphens, unlike RFC 9535's. */
const stepPattern = new RegExp(
  [
    String.raw`\.(?<bare>[A-Za-z_\u0080-\u{10FFFF}][\w\u0080-\u{10FFFF}-]*)`,
    String.raw`(?<any>\.\*|\[\s*\*\s*\])`,
    String.raw`\[\s*(?<index>0|[1-9]\d{0,14})\s*\]`,
    String.raw`\[\s*'(?<single>(?:[^'\\]|\\.)*)'\s*\]`,
    String.raw`\[\s*"(?<double>(?:[^"\\]|\\.)*)"\s*\]`,
  ].join('|'),
  'guy',
);

export const redactRules: Kind<readonly WrittenRule[]> = {
  label: 'a,b',
  expected:
    "a comma separated list of JSON paths of names, indices and * (such as $.a.b[*].c or $['a b'][0]) and of tensor:NAME",
  read(text) {
    const rules = list.read(text)?.map((entry) => ({ text: entry, rule: readRedactRule(entry) })) ?? [];
    return rules.every(isUnderstood) ? rules : undefined;
  },
  show: (rules) => rules.map(({ text }) => (/[,"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)).join(','),
  merge: (earlier, later) => [...earlier, ...later],
};

function isUnderstood(written: {
  readonly text: string;
  readonly rule: RedactRule | undefined;
}): written is WrittenRule {
  return written.rule !== undefined;
}

/** Undefined: not a rule. */
export function readRedactRule(text: string): RedactRule | undefined {
  if (text.startsWith('tensor:')) {
    const name = text.slice('tensor:'.length).trim();
    return name === '' ? undefined : { kind: 'tensor', name };
  }
  const steps = text.startsWith('$') ? readSteps(text.slice(1)) : undefined;
  return steps === undefined ? undefined : { kind: 'path', steps };
}

/** Undefined: something else than steps is among them, or there is none. */
function readSteps(text: string): Step[] | undefined {
  const matches = [...text.matchAll(stepPattern)];
  const steps = matches.map(({ groups = {} }) => readStep(groups)).filter((step) => step !== undefined);
  const readChars = matches.reduce((sum, [step]) => sum + step.length, 0);
  return readChars === text.length && steps.length === matches.length && steps.length > 0 ? steps : undefined;
}

type Groups = Readonly<Record<string, string | undefined>>;

function readStep({ bare, any, index, single, double }: Groups): Step | undefined {
  if (bare !== undefined) return bare;
  if (any !== undefined) return '*';
  if (index !== undefined) return Number(index);
  const name = readEscapes(double ?? single?.replaceAll(/\\.|"/g, inDoubleQuotes) ?? '');
  return name === '*' ? undefined : name; // a member of this name could not be told from all members
}

function inDoubleQuotes(part: string): string {
  if (part === "\\'") return "'";
  return part === '"' ? '\\"' : part;
}

/** RFC 9535 2.3.1.1 has the escapes of JSON. */
function readEscapes(quoted: string): string | undefined {
  try {
    return JSON.parse(`"${quoted}"`);
  } catch {
    return undefined;
  }
}
