// JSON set out for reading, token by token: numbers and escapes stay as they came, and text that ends early is no fault.

/** Lists of plain values go on in the next line from here on. */
const lineChars = 100;
/** Deeper is not moved to the right any more. */
const maxIndent = 40;
// A string (its end may be missing), a bracket, a comma or colon, or a word; white space goes.
const token = /"(?:[^"\\]+|\\.)*"?|[[\]{}]|[,:]|[^\s"[\]{},:]+/g;

/** At most `maxChars` characters; `cut`: there was more. */
export function indentJson(text: string, maxChars: number): { readonly text: string; readonly cut: boolean } {
  const page = new Page();
  const tokens = text.matchAll(token);
  for (const { 0: word, index } of tokens) {
    page.put(word, word === '[' && isPlainList(text, index));
    if (page.chars > maxChars) return { text: page.read().slice(0, maxChars), cut: true };
  }
  return { text: page.read(), cut: false };
}

/** No array or object inside: it is set in lines, not in a column. Looks no further than to the first bracket. */
function isPlainList(text: string, start: number): boolean {
  const bracket = /"(?:[^"\\]+|\\.)*"?|[[\]{}]/g;
  bracket.lastIndex = start + 1;
  for (let found = bracket.exec(text); found !== null; found = bracket.exec(text)) {
    if (!found[0].startsWith('"')) return found[0] === ']';
  }
  return true;
}

class Page {
  chars = 0;
  readonly #parts: string[] = [];
  /** Of each open bracket: does it hold plain values alone? */
  readonly #plain: boolean[] = [];
  #lineStart = 0;
  #last = '';

  put(word: string, plainList: boolean): void {
    const closes = word === ']' || word === '}';
    const plain = closes ? this.#plain.pop() === true : this.#plain.at(-1) === true;
    const opened = this.#last === '[' || this.#last === '{';
    if (closes ? !plain && !opened : !plain && word !== ',' && word !== ':' && (opened || this.#last === ','))
      this.#breakLine();
    else if (plain && this.#last === ',') this.#goOn();
    else if (this.#last === ':') this.#add(' ');
    this.#add(word);
    if (word === '[' || word === '{') this.#plain.push(plainList);
    this.#last = word;
  }

  read(): string {
    return this.#parts.join('');
  }

  #goOn(): void {
    if (this.chars - this.#lineStart > lineChars) this.#breakLine();
    else this.#add(' ');
  }

  #breakLine(): void {
    this.#add(`\n${'  '.repeat(Math.min(this.#plain.length, maxIndent))}`);
    this.#lineStart = this.chars;
  }

  #add(part: string): void {
    this.#parts.push(part);
    this.chars += part.length;
  }
}
