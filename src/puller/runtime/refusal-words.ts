// What a runtime says when it refuses an order: its own words, on one line.

const maxCharacters = 500;

/** Of `{"error": ...}` (V2), `{"detail": ...}` (FastAPI), `{"message": ...}` (TorchServe) or any text; "" for no words. */
export function wordsOf(text: string): string {
  const words = lastOfTraceback(wordsInJson(text) ?? text)
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  return words.length > maxCharacters ? `${words.slice(0, maxCharacters - 1).trimEnd()}…` : words;
}

function wordsInJson(text: string): string | null {
  const document = parse(text);
  if (typeof document !== 'object' || document === null) return null;
  const { error, detail, message } = document as Readonly<Record<string, unknown>>;
  const words = error ?? detail ?? message ?? null;
  return words === null || typeof words === 'string' ? words : JSON.stringify(words);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // plain text
  }
}

/** MLServer answers with the whole traceback; what went wrong stands behind its last indented line (runtimes.md 4). */
function lastOfTraceback(text: string): string {
  if (!text.startsWith('Traceback (most recent call last)')) return text;
  const lines = text.trimEnd().split('\n');
  const last = lines.slice(lines.findLastIndex((line) => /^\s/.test(line)) + 1).join(' ');
  return last === '' ? text : last;
}
