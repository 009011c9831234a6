// Who asks for which model, request by request: the traces that decide which model should leave the memory.

export interface Workload {
  readonly name: string;
  /** The models asked for, by number, in order of the requests. */
  readonly requests: Uint16Array;
  /** Bytes of each model, by number. */
  readonly sizes: Float64Array;
  readonly maxBytes: number;
  /** Requests at the beginning that are not counted: the memory fills. */
  readonly warmUp: number;
}

/** Numbers from 0 to below 1. */
export type Random = () => number;

export const MODELS = 2_000;
const ROOM_FOR = 200; // models of the mean size
const REQUESTS = 100_000;
const WARM_UP = 10_000;
const SHIFT_EVERY = 20_000;
const SCAN_EVERY = 40_000;
const BURST_SHARE = 0.002; // of the requests begin one
const BURST_REQUESTS = 100;
const COLD_REQUESTS = 10_000;
const MIN_BYTES = 100e6;
const MAX_BYTES = 8e9;

/** All of them, the same for the same random numbers. */
export function everyWorkload(random: Random, requests = REQUESTS): Workload[] {
  const warmUp = Math.min(WARM_UP, requests / 5);
  const equal = { sizes: new Float64Array(MODELS).fill(1), maxBytes: ROOM_FOR, warmUp };
  const plain = (s: number) => zipf({ s, requests, random });
  return [
    ...[0.8, 1, 1.2].map((s) => ({ ...equal, name: `Zipf ${s.toFixed(1)}`, requests: plain(s).trace() })),
    { ...equal, name: 'shifts, a quarter of the ranks', requests: plain(1).trace({ shifted: 0.25 }) },
    { ...equal, name: 'shifts, all ranks', requests: plain(1).trace({ shifted: 1 }) },
    { ...equal, name: 'scans', requests: withScans(plain(1).trace()) },
    { ...equal, name: 'bursts', requests: withBursts(plain(1).trace(), random) },
    { ...equal, name: 'cold start', warmUp: 0, requests: plain(1).trace().subarray(0, COLD_REQUESTS) },
    { ...unequal(random), name: 'unequal sizes', warmUp, requests: plain(1).trace() },
    { ...unequal(random), name: 'unequal sizes, shifts', warmUp, requests: plain(1).trace({ shifted: 0.25 }) },
  ];
}

/** Rank r is asked for with a weight of 1 / r^s; which model has which rank is chance. */
function zipf({ s, requests, random }: { s: number; requests: number; random: Random }) {
  const upTo = new Float64Array(MODELS);
  let sum = 0;
  for (let rank = 0; rank < MODELS; rank++) upTo[rank] = sum += 1 / (rank + 1) ** s;
  const ranked = shuffled(
    Array.from({ length: MODELS }, (_, model) => model),
    random,
  );
  const draw = (): number => {
    const wanted = random() * sum;
    let [low, high] = [0, MODELS - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (upTo[middle]! > wanted) high = middle;
      else low = middle + 1;
    }
    return ranked[low]!;
  };
  return {
    /** `shifted`: the share of ranks that change places every 20,000 requests. */
    trace({ shifted = 0 } = {}): Uint16Array {
      return Uint16Array.from({ length: requests }, (_, at) => {
        if (shifted > 0 && at > 0 && at % SHIFT_EVERY === 0) changePlaces(ranked, { share: shifted, random });
        return draw();
      });
    },
  };
}

function changePlaces(ranked: number[], { share, random }: { share: number; random: Random }): void {
  const places = ranked.map((_, rank) => rank).filter(() => random() < share);
  const moved = shuffled(
    places.map((rank) => ranked[rank]!),
    random,
  );
  places.forEach((rank, at) => {
    ranked[rank] = moved[at]!;
  });
}

/** Every 40,000 requests somebody goes through all models once, between the others' requests. */
function withScans(requests: Uint16Array): Uint16Array {
  const mixed: number[] = [];
  let scanned = MODELS;
  requests.forEach((model, at) => {
    if (at > 0 && at % SCAN_EVERY === SCAN_EVERY / 2) scanned = 0;
    mixed.push(model);
    if (scanned < MODELS) mixed.push(scanned++);
  });
  return Uint16Array.from(mixed);
}

/** Now and then any model is asked for a hundred times, every other request. */
function withBursts(requests: Uint16Array, random: Random): Uint16Array {
  const mixed: number[] = [];
  let [burst, left] = [0, 0];
  for (const model of requests) {
    mixed.push(model);
    if (left === 0 && random() < BURST_SHARE) [burst, left] = [Math.floor(random() * MODELS), BURST_REQUESTS];
    if (left > 0) {
      mixed.push(burst);
      left -= 1;
    }
  }
  return Uint16Array.from(mixed);
}

/** From 100 MB to 8 GB, as many in each octave; room for a tenth of all. */
function unequal(random: Random): Pick<Workload, 'sizes' | 'maxBytes'> {
  const sizes = Float64Array.from({ length: MODELS }, () =>
    Math.round(MIN_BYTES * (MAX_BYTES / MIN_BYTES) ** random()),
  );
  return { sizes, maxBytes: (sizes.reduce((sum, bytes) => sum + bytes, 0) * ROOM_FOR) / MODELS };
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const mixed = [...items];
  for (let at = mixed.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [mixed[at], mixed[other]] = [mixed[other]!, mixed[at]!];
  }
  return mixed;
}
