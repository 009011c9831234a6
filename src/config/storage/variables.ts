// Reading variables one by one: typed values out, everything that is wrong collected, no secret ever repeated.
import type { Environment } from '../platform.ts';
import { quoteRejected } from '../secrets.ts';
import type { Kind } from '../values.ts';

/** What was found while reading; shared by all readers. */
export interface Findings {
  /** Each `NAME: expected ..., got ...`. */
  readonly problems: string[];
  readonly notices: string[];
}

export class Variables {
  readonly env: Environment;
  readonly findings: Findings;
  readonly #shownNames: ReadonlyMap<string, string>;

  /** `shownNames`: of variables that did not come from the environment, such as `region of STORAGE_CONFIG`. */
  constructor(env: Environment, findings: Findings, shownNames: ReadonlyMap<string, string> = new Map()) {
    this.env = env;
    this.findings = findings;
    this.#shownNames = shownNames;
  }

  /** Without blanks around it (secrets mounted from files end in a newline); null: absent or empty. */
  text(name: string): string | null {
    return this.env[name]?.trim() || null;
  }

  /** Of the first of the names that is given. */
  first(...names: readonly string[]): { readonly name: string; readonly text: string } | null {
    for (const name of names) {
      const text = this.text(name);
      if (text !== null) return { name, text };
    }
    return null;
  }

  /** Null: absent, or not of this kind, which is a problem. */
  read<T>(name: string, kind: Pick<Kind<T>, 'read' | 'expected'>): T | null {
    const text = this.text(name);
    const value = text === null ? undefined : kind.read(text);
    if (text !== null && value === undefined) this.refuse(name, { expected: kind.expected, got: quoteRejected(text) });
    return value ?? null;
  }

  /** A secret that goes into a header or is base64, so that a wrong one is found here; null as in `read`. */
  readSecret(name: string, kind: { readonly pattern: RegExp; readonly expected: string }): string | null {
    const text = this.text(name);
    if (text === null || kind.pattern.test(text)) return text;
    this.refuse(name, { expected: kind.expected, got: `${text.length} characters that are not shown` });
    return null;
  }

  refuse(name: string, { expected, got }: { readonly expected: string; readonly got: string }): void {
    const problem = `${this.shown(name)}: expected ${expected}, got ${got}`;
    if (!this.findings.problems.includes(problem)) this.findings.problems.push(problem); // ALL_PROXY is asked for twice
  }

  notice(name: string, notice: string): void {
    this.findings.notices.push(`${this.shown(name)}: ${notice}`);
  }

  shown(name: string): string {
    return this.#shownNames.get(name) ?? name;
  }
}

/** Printable ASCII without blanks: what may follow "Bearer " (RFC 6750 2.1 allows less; some issuers do not care). */
export const token = { pattern: /^[\x21-\x7e]+$/, expected: 'a token in printable ASCII' };
