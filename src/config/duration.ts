// Go durations (`500ms`, `1m30s`): what time.ParseDuration reads and Duration.String prints, in whole milliseconds.

const MS_PER_MINUTE = 60_000;
const MS_PER_HOUR = 3_600_000;

const MS_PER_UNIT: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3, // U+00B5 and U+03BC: Go knows both
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: MS_PER_MINUTE,
  h: MS_PER_HOUR,
};

/** What a timer of Node can wait at most; anything longer would fire after 1 ms. */
export const MAX_TIMER_MS = 2_147_483_647;

/** 0 to MAX_TIMER_MS; part of a millisecond counts as a whole one, so that no wait becomes 0, which often means off. */
export function readDurationMs(text: string): number | undefined {
  if (/^[+-]?0$/.test(text)) return 0; // the only number that Go takes without a unit
  if (!/^\+?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(text)) return undefined;
  let ms = 0;
  for (const [, amount, unit] of text.matchAll(/([\d.]+)([a-zµμ]+)/g)) ms += Number(amount) * MS_PER_UNIT[unit!]!;
  const wholeMs = Math.ceil(Number(ms.toFixed(6))); // 1.1 * 1000 is a little more than 1100 in binary
  return wholeMs <= MAX_TIMER_MS ? wholeMs : undefined;
}

/** The shortest text that reads back to the same time: `0s`, `500ms`, `1.5s`, `1m30s`, `2h`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return ms === 0 ? '0s' : `${ms}ms`;
  const hours = Math.floor(ms / MS_PER_HOUR);
  const minutes = Math.floor((ms % MS_PER_HOUR) / MS_PER_MINUTE);
  const seconds = (ms % MS_PER_MINUTE) / 1_000;
  return `${hours > 0 ? `${hours}h` : ''}${minutes > 0 ? `${minutes}m` : ''}${seconds > 0 ? `${seconds}s` : ''}`;
}
