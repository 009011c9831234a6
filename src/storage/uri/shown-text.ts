// How a text from outside (a key, a URI) looks in a message: on one line, no longer than a line, and it is what it seems to be.

const maxShownChars = 160;

/** Controls, marks that turn the direction of writing or are invisible, lone surrogates, line ends of Unicode. */
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]/gu;

/** Of a long text both ends, since the end of a path says more than its middle. Invisible characters as `\u{202e}`. */
export function shownText(text: string): string {
  return shortened(text).replace(invisible, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

function shortened(text: string): string {
  if (text.length <= maxShownChars) return text;
  const half = maxShownChars / 2;
  return `${text.slice(0, half)}…${text.slice(-half)}`;
}
