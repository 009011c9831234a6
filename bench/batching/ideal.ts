// What no batcher can beat: the ideal of N closed-loop clients and Inoue's bound of an open loop, from times of a direct run.

/** Milliseconds of a call of b rows: interceptMs + rowMs * b. */
export interface Line {
  readonly interceptMs: number;
  readonly rowMs: number;
}

/** Of one direct run: a single client calls the runtime with one, two, four, ... rows. */
export interface Calibration {
  /** What the client saw: a + delta, c. */
  readonly roundTrip: Line;
  /** What the runtime itself took from a free slot to its answer: a, c. */
  readonly service: Line;
}

export interface Ideal {
  readonly calibration: Calibration;
  readonly clients: number;
  readonly maxRows: number;
  readonly slots: number;
}

export function timeMs(line: Line, rows: number): number {
  return line.interceptMs + line.rowMs * rows;
}

/**
 * Requests a second of `clients` that each have one request of one row under way (performance.md 3.2): the best of all divisions
 * among m slots, X* = max over m of min(N / (a + c*min(B, N/m) + delta), m*B / (a + c*B)).
 */
export function idealThroughput({ calibration, clients, maxRows, slots }: Ideal): number {
  const of = (used: number) =>
    Math.min(
      clients / timeMs(calibration.roundTrip, Math.min(maxRows, clients / used)),
      (used * maxRows) / timeMs(calibration.service, maxRows),
    );
  return 1000 * Math.max(...Array.from({ length: slots }, (_, index) => of(index + 1)));
}

/** Most that `slots` can do, rows a second. */
export function capacity(service: Line, maxRows: number, slots: number): number {
  return (1000 * slots * maxRows) / timeMs(service, maxRows);
}

/**
 * Upper bound of the mean response time in ms of Poisson arrivals at a server that takes all that wait whenever it is idle
 * (Inoue 2019, arXiv 1912.06322, second bound): 1.5 a/(1 - lc) + (c/2)(lc + 2)/(1 - (lc)^2), l in requests a ms.
 */
export function inoueBoundMs({ interceptMs: a, rowMs: c }: Line, requestsPerSecond: number): number {
  const load = (requestsPerSecond / 1000) * c;
  return (1.5 * a) / (1 - load) + ((c / 2) * (load + 2)) / (1 - load ** 2);
}

/** Least squares through mean times by rows. */
export function fitLine(points: readonly { readonly rows: number; readonly meanMs: number }[]): Line {
  const mean = (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;
  const [rows, ms] = [mean(points.map((each) => each.rows)), mean(points.map((each) => each.meanMs))];
  const covariance = mean(points.map((each) => (each.rows - rows) * (each.meanMs - ms)));
  const variance = mean(points.map((each) => (each.rows - rows) ** 2));
  const rowMs = covariance / variance;
  return { interceptMs: ms - rowMs * rows, rowMs };
}
