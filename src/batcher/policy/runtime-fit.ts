// How long does the runtime take for so many rows? t(rows) = overheadMs + rowMs * rows, fitted to what it was seen to do.

/** A mean follows the last 20 or so batches of its size. */
const maxWeight = 20;
/** What a size taught fades while other sizes are seen: the runtime may have changed meanwhile. */
const fade = 0.998;
/** One stalled batch says little about the next. */
const clipFactor = 4;
/** The pull towards "half of it is overhead", in batches: it decides alone while only one size was seen. */
const ridge = 1;
/** The first calls after a load are often slow: means of so few batches are thrown away for one far below them. */
const startBatches = 5;

/** Batches of one magnitude (rows from 2^i to 2^(i+1) - 1), so that a size seen all the time does not drown the others. */
interface Bucket {
  weight: number;
  rows: number;
  ms: number;
}

export class BatchTimes {
  readonly #buckets: Bucket[] = [];
  #overheadMs = 0;
  #rowMs = 0;
  #batches = 0;

  get learned(): boolean {
    return this.#batches > 0;
  }

  /** Of a call whatever its rows: 0 as long as nothing was learned. */
  get overheadMs(): number {
    return this.#overheadMs;
  }

  get rowMs(): number {
    return this.#rowMs;
  }

  expectedMs(rows: number): number {
    return this.#overheadMs + this.#rowMs * rows;
  }

  learn(rows: number, ms: number): void {
    const index = Math.max(0, 31 - Math.clz32(rows));
    while (this.#buckets.length <= index) this.#buckets.push({ weight: 0, rows: 0, ms: 0 });
    for (const bucket of this.#buckets) bucket.weight *= fade;
    add(this.#buckets[index] as Bucket, rows, ms);
    this.#batches++;
    this.#fit();
  }

  forget(): void {
    this.#buckets.length = 0;
    this.#overheadMs = 0;
    this.#rowMs = 0;
    this.#batches = 0;
  }

  /** A weighted line through the means; Sxx and Sxy about their centre, the ridge as one more point of the line at 0 rows. */
  #fit(): void {
    let weight = 0;
    let rows = 0;
    let ms = 0;
    for (const bucket of this.#buckets) {
      weight += bucket.weight;
      rows += bucket.weight * bucket.rows;
      ms += bucket.weight * bucket.ms;
    }
    rows /= weight;
    ms /= weight;
    let sxx = ridge * rows * rows;
    let sxy = (ridge * rows * ms) / 2;
    for (const bucket of this.#buckets) {
      sxx += bucket.weight * (bucket.rows - rows) ** 2;
      sxy += bucket.weight * (bucket.rows - rows) * (bucket.ms - ms);
    }
    this.#rowMs = Math.min(Math.max(0, sxy / sxx), ms / rows);
    this.#overheadMs = ms - this.#rowMs * rows;
  }
}

function add(bucket: Bucket, rows: number, ms: number): void {
  if (bucket.weight < startBatches && ms * clipFactor < bucket.ms) bucket.weight = 0;
  const clipped = bucket.weight < 1 ? ms : Math.min(ms, clipFactor * bucket.ms);
  bucket.weight = Math.min(maxWeight, bucket.weight + 1);
  bucket.rows += (rows - bucket.rows) / bucket.weight;
  bucket.ms += (clipped - bucket.ms) / bucket.weight;
}
