// How any text becomes a header value or a JSON string: ASCII only, no line of its own, and nothing that a reader stumbles over.

/** Attributes whose text is JSON. */
const jsonAttributes: readonly string[] = ['metadata', 'annotations'];

/** The value of a `ce-*` header. */
export function headerText(name: string, text: string): string {
  return jsonAttributes.includes(name) ? jsonHeaderText(text) : percentText(text);
}

/**
 * CloudEvents HTTP binding 3.1.3.2: space, `"`, `%` and all but printable ASCII are percent-encoded as UTF-8.
 * Half a surrogate pair, which has no UTF-8, becomes U+FFFD.
 */
export function percentText(text: string): string {
  if (percentPlain.test(text)) return text;
  return text.toWellFormed().replace(percentStrange, encodeURIComponent);
}

/**
 * JSON as it is but for what the binding escapes: that comes as \uXXXX, `%` too, so that a reader who decodes percent signs
 * and one who does not see the same. Quotes and spaces stay, as KServe's agent sends them.
 */
export function jsonHeaderText(text: string): string {
  if (jsonPlain.test(text)) return text;
  return text.toWellFormed().replace(controls, ' ').replace(jsonStrange, escapeUnit);
}

/** A string of JSON, quotes included, ASCII only: one byte a character. */
export function jsonString(text: string): string {
  if (stringPlain.test(text)) return `"${text}"`;
  const quoted = JSON.stringify(text.toWellFormed());
  return ascii.test(quoted) ? quoted : quoted.replace(notAscii, escapeUnit);
}

/** A header that is no attribute, such as Content-Type: as it came, UTF-8 in latin1, on one line and without spaces around it. */
export function fieldText(text: string): string {
  if (percentPlain.test(text)) return text;
  return Buffer.from(text).toString('latin1').replace(controls, ' ').trim();
}

const percentPlain = /^[!#$&-~]*$/;
const percentStrange = /[^!#$&-~]+/g;
const jsonPlain = /^[ -$&-~]*$/;
const jsonStrange = /[^ -$&-~]/g;
const stringPlain = /^[ !#-[\]-~]*$/;
const ascii = /^[ -~]*$/;
const notAscii = /[^ -~]/g;
/** In JSON they stand between values only, where a space does as well. */
const controls = /[\0-\x1f]/g;

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
