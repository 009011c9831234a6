// A strict reader of the Prometheus text format 0.0.4: whatever it does not know by the book, it throws at.

interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly type: string;
  readonly help: string;
  readonly series: Series[];
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/y;

/** @throws Error naming the line that breaks the format. */
export function readExposition(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line has no newline');
  const families = new Map<string, Family>();
  let current: { name: string; help: string; family: Family | null } | null = null;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [, kind, name, rest] = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line) ?? [];
    if (kind === 'HELP') {
      if (families.has(name!)) throw new Error(`family twice: ${line}`);
      current = { name: name!, help: rest!, family: null };
    } else if (kind === 'TYPE') {
      if (current?.name !== name || current === null) throw new Error(`TYPE without HELP: ${line}`);
      if (!/^(counter|gauge|histogram|summary|untyped)$/.test(rest!)) throw new Error(`unknown type: ${line}`);
      current.family = { type: rest!, help: current.help, series: [] };
      families.set(current.name, current.family);
    } else {
      const series = readSample(line);
      if (current?.family == null) throw new Error(`sample before its TYPE: ${line}`);
      const suffixes = current.family.type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
      if (!suffixes.some((suffix) => series.name === `${current?.name}${suffix}`)) throw new Error(`stray: ${line}`);
      current.family.series.push(series);
    }
  }
  for (const [name, family] of families) checkFamily(name, family);
  return families;
}

function readSample(line: string): Series {
  const [, name, labelText = '', valueText] = SAMPLE.exec(line) ?? [];
  if (name === undefined || valueText === undefined) throw new Error(`not a sample: ${line}`);
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < labelText.length) {
    const match = LABEL.exec(labelText);
    if (match === null) throw new Error(`bad labels: ${line}`);
    if (match[1]! in labels) throw new Error(`label twice: ${line}`);
    labels[match[1]!] = match[2]!.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));
  }
  const value = valueText === 'Nan' ? Number.NaN : Number(valueText.replace('Inf', 'Infinity'));
  if (Number.isNaN(value) && valueText !== 'Nan') throw new Error(`not a number: ${line}`);
  return { name, labels, value };
}

function checkFamily(name: string, { type, series }: Family): void {
  const keys = series.map(({ name: own, labels }) => `${own}${JSON.stringify(Object.entries(labels).sort())}`);
  if (new Set(keys).size !== keys.length) throw new Error(`${name}: the same series twice`);
  if (type === 'counter' && series.some(({ value }) => value < 0)) throw new Error(`${name}: a negative counter`);
  if (type !== 'histogram') return;
  let last = { le: Number.NEGATIVE_INFINITY, value: 0 };
  for (const sample of series) {
    if (sample.name === `${name}_count` && sample.value !== last.value) throw new Error(`${name}: count is not +Inf`);
    if (sample.name !== `${name}_bucket`) continue;
    const le = Number(sample.labels.le?.replace('Inf', 'Infinity'));
    if (last.le === Number.POSITIVE_INFINITY) last = { le: Number.NEGATIVE_INFINITY, value: 0 };
    if (!(le > last.le) || sample.value < last.value) throw new Error(`${name}: buckets out of order`);
    last = { le, value: sample.value };
  }
}
