// Text for a terminal: paragraphs and rows of a term with its meaning, wrapped to a width in columns.

/** Widest, whatever the terminal: longer lines are hard to read. */
const maxColumns = 100;
const minColumns = 40;

export type Row = readonly [term: string, meaning: string];

export class Layout {
  readonly #columns: number;
  readonly #lines: string[] = [];

  /** `columns`: of the terminal; 0: it does not say. */
  constructor(columns: number) {
    this.#columns = Math.max(minColumns, Math.min(maxColumns, columns > 0 ? columns : maxColumns));
  }

  /** Each behind an empty line. */
  paragraph(text: string): this {
    this.#gap();
    this.#lines.push(...wrap(text, this.#columns));
    return this;
  }

  /** Lines that are to be pasted: never wrapped. */
  lines(title: string, lines: readonly string[]): this {
    this.#gap();
    this.#lines.push(title, ...lines.map((line) => `  ${line}`));
    return this;
  }

  /** `indent`: columns before a meaning; in a narrow terminal each stands below its term. */
  rows(title: string, rows: readonly Row[], { indent = 32 }: { readonly indent?: number } = {}): this {
    this.#gap();
    if (title !== '') this.#lines.push(title);
    const isNarrow = this.#columns < indent + minColumns;
    const before = isNarrow ? 6 : indent;
    for (const [term, meaning] of rows) {
      const texts = wrap(meaning, this.#columns - before);
      const fits = !isNarrow && term.length + 2 < before;
      this.#lines.push(fits ? `  ${term}`.padEnd(before) + (texts.shift() ?? '') : `  ${term}`);
      this.#lines.push(...texts.map((text) => ' '.repeat(before) + text));
    }
    return this;
  }

  toString(): string {
    return `${this.#lines.join('\n')}\n`;
  }

  #gap(): void {
    if (this.#lines.length > 0) this.#lines.push('');
  }
}

/** A word that is longer stands on a line of its own. */
function wrap(text: string, columns: number): string[] {
  const lines = [''];
  for (const word of text.split(/\s+/)) {
    const line = `${lines.at(-1)} ${word}`.trim();
    if (line.length <= columns || lines.at(-1) === '') lines[lines.length - 1] = line;
    else lines.push(word);
  }
  return lines;
}
