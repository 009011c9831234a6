// What a measurement costs the request path: counters, gauges and histograms as plain cells, looked up once and then only added to.
// (prom-client hashes the labels at every observation, about a microsecond; it is used for the exposition only.)

/** One line of the exposition; a histogram has several a cell. */
export interface Sample {
  readonly suffix: '' | '_bucket' | '_sum' | '_count';
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Instrument {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  readonly help: string;
  samples(): Generator<Sample>;
}

export interface InstrumentOptions<Labels extends readonly string[]> {
  readonly name: string;
  readonly help: string;
  readonly labels?: Labels;
}

export interface HistogramOptions<Labels extends readonly string[]> extends InstrumentOptions<Labels> {
  /** Upper bounds, ascending, in the unit of the name; +Inf is added. */
  readonly buckets: readonly number[];
}

type LabelValues<Labels extends readonly string[]> = { readonly [Index in keyof Labels]: string };

/** Cells by their label values, made on first use. Whoever asks for cells keeps the set of values bounded. */
class Cells<Cell> {
  readonly #labels: readonly string[];
  readonly #make: () => Cell;
  readonly #cells = new Map<string, { readonly labels: Record<string, string>; readonly cell: Cell }>();

  constructor(labels: readonly string[], make: () => Cell) {
    this.#labels = labels;
    this.#make = make;
  }

  get(values: readonly string[]): Cell {
    const key = values.join('\n');
    const known = this.#cells.get(key);
    if (known !== undefined) return known.cell;
    const labels = Object.fromEntries(this.#labels.map((label, index) => [label, values[index] ?? '']));
    const cell = this.#make();
    this.#cells.set(key, { labels, cell });
    return cell;
  }

  entries(): Iterable<{ readonly labels: Record<string, string>; readonly cell: Cell }> {
    return this.#cells.values();
  }
}

export class CounterCell {
  #value = 0;

  /** `amount` must not be negative. */
  add(amount = 1): void {
    this.#value += amount;
  }

  get value(): number {
    return this.#value;
  }
}

export class GaugeCell {
  #value = 0;
  #read: (() => number) | null = null;

  add(amount = 1): void {
    this.#value += amount;
  }

  set(value: number): void {
    this.#value = value;
  }

  /** From here on its value is what `read` says when somebody looks: for what changes by itself, such as an age. */
  follow(read: () => number): void {
    this.#read = read;
  }

  get value(): number {
    return this.#read?.() ?? this.#value;
  }
}

export class HistogramCell {
  readonly #bounds: Float64Array;
  readonly #counts: Float64Array; // one a bound, the last beyond all of them; not cumulative
  #sum = 0;

  constructor(bounds: Float64Array) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const bounds = this.#bounds;
    let index = 0;
    while (index < bounds.length && value > bounds[index]!) index += 1;
    this.#counts[index]! += 1;
    this.#sum += value;
  }

  /** Upper bounds, ascending. */
  get bounds(): Readonly<Float64Array> {
    return this.#bounds;
  }

  /** One a bound, the last beyond all of them; not cumulative. */
  get counts(): Readonly<Float64Array> {
    return this.#counts;
  }

  get sum(): number {
    return this.#sum;
  }

  get count(): number {
    return this.#counts.reduce((total, count) => total + count, 0);
  }

  *samples(labels: Readonly<Record<string, string>>): Generator<Sample> {
    let cumulative = 0;
    for (const [index, count] of this.#counts.entries()) {
      cumulative += count;
      const bound = this.#bounds[index];
      const le = bound === undefined ? '+Inf' : String(bound);
      yield { suffix: '_bucket', labels: { ...labels, le }, value: cumulative };
    }
    yield { suffix: '_sum', labels, value: this.#sum };
    yield { suffix: '_count', labels, value: cumulative };
  }
}

/** Only ever grows; the name ends in `_total`. */
export class Counter<const Labels extends readonly string[] = []> implements Instrument {
  readonly type = 'counter';
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly #cells: Cells<CounterCell>;

  constructor({ name, help, labels }: InstrumentOptions<Labels>) {
    this.name = name;
    this.help = help;
    this.labels = labels ?? [];
    this.#cells = new Cells(this.labels, () => new CounterCell());
  }

  /** The same cell for the same values: keep it, the lookup costs more than the count. */
  cell(...values: LabelValues<Labels>): CounterCell {
    return this.#cells.get(values);
  }

  *samples(): Generator<Sample> {
    for (const { labels, cell } of this.#cells.entries()) yield { suffix: '', labels, value: cell.value };
  }
}

/** Goes up and down. */
export class Gauge<const Labels extends readonly string[] = []> implements Instrument {
  readonly type = 'gauge';
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly #cells: Cells<GaugeCell>;

  constructor({ name, help, labels }: InstrumentOptions<Labels>) {
    this.name = name;
    this.help = help;
    this.labels = labels ?? [];
    this.#cells = new Cells(this.labels, () => new GaugeCell());
  }

  cell(...values: LabelValues<Labels>): GaugeCell {
    return this.#cells.get(values);
  }

  *samples(): Generator<Sample> {
    for (const { labels, cell } of this.#cells.entries()) yield { suffix: '', labels, value: cell.value };
  }
}

/** A distribution in fixed buckets. */
export class Histogram<const Labels extends readonly string[] = []> implements Instrument {
  readonly type = 'histogram';
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly #cells: Cells<HistogramCell>;

  constructor({ name, help, labels, buckets }: HistogramOptions<Labels>) {
    this.name = name;
    this.help = help;
    this.labels = labels ?? [];
    const bounds = Float64Array.from(buckets);
    this.#cells = new Cells(this.labels, () => new HistogramCell(bounds));
  }

  cell(...values: LabelValues<Labels>): HistogramCell {
    return this.#cells.get(values);
  }

  *samples(): Generator<Sample> {
    for (const { labels, cell } of this.#cells.entries()) yield* cell.samples(labels);
  }
}
