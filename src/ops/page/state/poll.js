// Asks again and again while somebody looks: never while the page is hidden, and never twice at once.

const ANSWER_TIMEOUT_MS = 5000;

/**
 * @template Answer
 * @param {string} path
 * @returns {Promise<Answer>} @throws TypeError, DOMException or an Error with the status: no answer that could be read
 */
export async function fetchJson(path) {
  const response = await fetch(path, {
    headers: { Accept: 'application/json' },
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
  });
  if (response.ok) return response.json();
  throw new HttpError(response.status, await errorOf(response));
}

export class HttpError extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** @param {Response} response */
export async function errorOf(response) {
  try {
    const { error } = await response.json();
    return typeof error === 'string' ? error : `status ${response.status}`;
  } catch {
    return `status ${response.status}`;
  }
}

/**
 * @param {object} options
 * @param {number} options.everyMs from the end of one to the start of the next
 * @param {() => Promise<void>} options.ask must not reject
 */
export function startPolling({ everyMs, ask }) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let isAsking = false;
  const next = async () => {
    clearTimeout(timer);
    if (isAsking || document.hidden) return;
    isAsking = true;
    await ask();
    isAsking = false;
    timer = setTimeout(next, everyMs);
  };
  document.addEventListener('visibilitychange', () => void next());
  void next();
  return { now: () => void next() };
}
