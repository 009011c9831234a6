// Counts requests by protocol, method, status class and model: one map lookup a request, a bounded number of series whatever clients send.
import { Counter, type CounterCell, type Instrument, type Sample } from './instruments.ts';
import type { ExchangeRecord, Protocol } from './metrics.ts';
import { OTHER_MODEL, readModelOf } from './model-label.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'other'] as const;
const STATUS_CLASSES = ['other', '1xx', '2xx', '3xx', '4xx', '5xx'] as const;
export type StatusClass = (typeof STATUS_CLASSES)[number];
const PROTOCOL_INDEX: Readonly<Record<Protocol, number>> = { http1: 0, http2: 1, grpc: 2 };
const OTHER_METHOD = METHODS.length - 1;

const MAX_CACHED_PATHS = 1000; // then the map starts anew
const MAX_CACHED_PATH_CHARS = 512; // longer ones are read each time: they would hold memory, and no model needs them

/** The series of one model label: by protocol, method and status class, each opened on first use. */
interface ModelSeries {
  readonly model: string;
  readonly cells: (CounterCell | undefined)[];
}

function openModelSeries(model: string): ModelSeries {
  const count = Object.keys(PROTOCOL_INDEX).length * METHODS.length * STATUS_CLASSES.length;
  return { model, cells: new Array<CounterCell | undefined>(count).fill(undefined) };
}

export class RequestCounter implements Instrument {
  readonly #counter = new Counter({
    name: 'outrigger_requests_total',
    help: 'Requests answered. A model has a label of its own after its first answer outside 4xx, up to a bound; the rest is "other".',
    labels: ['protocol', 'method', 'status', 'model'],
  });
  readonly name = this.#counter.name;
  readonly type = this.#counter.type;
  readonly labels = this.#counter.labels;
  readonly help = this.#counter.help;
  readonly #maxModels: number;
  readonly #unnamed = openModelSeries(''); // the path names no model
  readonly #other = openModelSeries(OTHER_MODEL);
  readonly #models = new Map<string, ModelSeries>(); // at most #maxModels
  readonly #paths = new Map<string, ModelSeries>(); // path without query -> its model

  constructor(maxModels: number) {
    this.#maxModels = maxModels;
  }

  samples(): Generator<Sample> {
    return this.#counter.samples();
  }

  /** Sums over all else; read off the series, so that a request pays nothing for it. */
  byStatus(): Record<StatusClass, number> {
    const sums = { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0, other: 0 };
    for (const { labels, value } of this.samples()) sums[labels.status as StatusClass] += value;
    return sums;
  }

  count({ protocol, method, path, status }: Pick<ExchangeRecord, 'protocol' | 'method' | 'path' | 'status'>): void {
    const query = path.indexOf('?');
    const plainPath = query === -1 ? path : path.slice(0, query);
    const series =
      this.#paths.get(plainPath) ?? this.#seriesOf(plainPath, { status, cache: path.length <= MAX_CACHED_PATH_CHARS });
    const methodAt = methodIndex(method);
    const statusAt = statusIndex(status);
    const at = (PROTOCOL_INDEX[protocol] * METHODS.length + methodAt) * STATUS_CLASSES.length + statusAt;
    const cell = series.cells[at];
    if (cell !== undefined) cell.add();
    else this.#open(series, { at, protocol, methodAt, statusAt }).add();
  }

  #seriesOf(path: string, { status, cache }: { status: number; cache: boolean }): ModelSeries {
    const model = readModelOf(path);
    // A scan of made-up names is answered by 4xx: it must not use up the labels of the models that exist.
    if (!this.#isLabel(model) && status >= 400 && status < 500) return this.#other;
    const series = this.#seriesOfModel(model);
    if (!cache) return series;
    if (this.#paths.size >= MAX_CACHED_PATHS) this.#paths.clear();
    this.#paths.set(path, series);
    return series;
  }

  #isLabel(model: string): boolean {
    return model === '' || model === OTHER_MODEL || this.#models.has(model);
  }

  #seriesOfModel(model: string): ModelSeries {
    if (model === '') return this.#unnamed;
    if (model === OTHER_MODEL) return this.#other;
    const known = this.#models.get(model);
    if (known !== undefined) return known;
    if (this.#models.size >= this.#maxModels) return this.#other;
    const series = openModelSeries(model);
    this.#models.set(model, series);
    return series;
  }

  #open(series: ModelSeries, key: { at: number; protocol: Protocol; methodAt: number; statusAt: number }): CounterCell {
    const cell = this.#counter.cell(
      key.protocol,
      METHODS[key.methodAt] ?? 'other',
      STATUS_CLASSES[key.statusAt] ?? 'other',
      series.model,
    );
    series.cells[key.at] = cell;
    return cell;
  }
}

function methodIndex(method: string): number {
  switch (method) {
    case 'GET':
      return 0;
    case 'HEAD':
      return 1;
    case 'POST':
      return 2;
    case 'PUT':
      return 3;
    case 'PATCH':
      return 4;
    case 'DELETE':
      return 5;
    case 'OPTIONS':
      return 6;
    default:
      return OTHER_METHOD;
  }
}

function statusIndex(status: number): number {
  const hundreds = Math.floor(status / 100);
  return hundreds >= 1 && hundreds <= 5 ? hundreds : 0;
}
