// What the page of `outrigger dev` asks of the inspector, and what it is told: JSON below /inspect/ on the operator's port.
//
//   GET  /inspect/exchanges?after=CURSOR   ExchangeList   cursor 0, or the `cursor` of the list before
//   GET  /inspect/exchanges/ID             ExchangeDetail  404 when it made room for newer ones
//   GET  /inspect/batches?after=CURSOR     BatchList
//   POST /inspect/exchanges/ID/replay      Replayed        sends the request once more through the agent's own port
//
// Errors are `{"error": "..."}` with 400, 403 (another site asks), 404, 405, 409 (nothing kept that could be replayed) or 502.

/** V1 and V2 by their paths, gRPC by its content type; HTTP is all the rest. */
export type SpokenProtocol = 'V1' | 'V2 JSON' | 'V2 binary' | 'gRPC' | 'HTTP';

export interface TensorHead {
  readonly name: string;
  readonly datatype: string;
  /** [rows, ...inner] */
  readonly shape: readonly number[];
}

/** `cancelled`: the client left. `error`: a status of 400 and more, a grpc-status but 0, or an answer that broke off. */
export type Outcome = 'running' | 'ok' | 'error' | 'cancelled';

/** One line of the list. */
export interface ExchangeSummary {
  /** 1, 2, 3, …: in order of arrival. */
  readonly id: number;
  /** Of its arrival: ISO 8601, UTC, milliseconds. */
  readonly at: string;
  readonly protocol: SpokenProtocol;
  readonly method: string;
  readonly path: string;
  /** Null: the request names none. */
  readonly model: string | null;
  /** Empty where nothing of the kind can be read, or the body was not kept. V1: `instances`, `predictions`, with "JSON" for a datatype. */
  readonly inputs: readonly TensorHead[];
  readonly outputs: readonly TensorHead[];
  readonly outcome: Outcome;
  /** Null: no answer (yet). */
  readonly status: number | null;
  readonly grpcStatus: number | null;
  /** From arrival to the last byte of the answer given away; null while it runs. */
  readonly totalMs: number | null;
  /** Its parts. wait: until the runtime was called. runtime: until the head of its answer. agent: the rest, up to `totalMs`. */
  readonly waitMs: number | null;
  readonly runtimeMs: number | null;
  readonly agentMs: number | null;
  /** Null: it had a call of its own. */
  readonly batch: { readonly id: string; readonly requests: number; readonly rows: number } | null;
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** Its bodies can be looked at. False: too many came in that second, or they made room. */
  readonly kept: boolean;
}

export interface ExchangeList {
  /** For the next question. */
  readonly cursor: number;
  /** Those that ended since, the oldest first; at most 200, the newest of them. */
  readonly exchanges: readonly ExchangeSummary[];
  /** Those that run, the oldest first, at most 50. */
  readonly running: readonly ExchangeSummary[];
  /** Ended since `after`, but not in the list. */
  readonly skipped: number;
  readonly limits: InspectionLimits;
}

/** What is held at the most, and what of it is: for the page to say. */
export interface InspectionLimits {
  readonly maxExchanges: number;
  /** Of bodies; heads come beside them, bounded by their number and --max-header-bytes. */
  readonly maxBytes: number;
  readonly heldExchanges: number;
  readonly heldBytes: number;
  /** Bodies are kept of so many exchanges a second at the most. */
  readonly maxKeptPerSecond: number;
  /** Of those that ended in the last ten seconds: how many a second, and of how many bodies were kept. */
  readonly perSecond: number;
  readonly keptPerSecond: number;
}

export interface TensorView extends TensorHead {
  /** The first of them, at most 256, as text: numbers by their own digits, BYTES as text or 0x… */
  readonly values: readonly string[];
  readonly elements: number;
  /** Of all numbers; null: not numeric, or empty. */
  readonly range: { readonly min: number; readonly max: number; readonly mean: number } | null;
  readonly parameters: Readonly<Record<string, unknown>> | null;
}

/** A body in readable form. `cut`: more of it passed than was kept. */
export type BodyView =
  | {
      readonly kind: 'tensors';
      readonly about: Readonly<Record<string, unknown>>; // id, model_name, parameters, requested outputs, …
      readonly tensors: readonly TensorView[];
    }
  | { readonly kind: 'messages'; readonly messages: readonly BodyView[] } // of a gRPC stream, in order
  | { readonly kind: 'json'; readonly text: string; readonly cut: boolean } // indented, its numbers as they came
  | { readonly kind: 'text'; readonly text: string; readonly cut: boolean }
  | { readonly kind: 'binary'; readonly hex: string; readonly bytes: number } // the first 512 bytes
  | { readonly kind: 'empty' }
  | { readonly kind: 'missing'; readonly reason: string };

export interface MessageView {
  /** In wire order, duplicates kept; Authorization and cookies as "(hidden)". */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly trailers: readonly (readonly [name: string, value: string])[];
  readonly body: BodyView;
}

export interface EventView {
  readonly attributes: Readonly<Record<string, string>>;
  readonly data: BodyView;
}

export interface ExchangeDetail {
  readonly summary: ExchangeSummary;
  readonly request: MessageView;
  /** Null: no answer (yet). */
  readonly response: (MessageView & { readonly status: number; readonly reason: string }) | null;
  /** Null: it had a call of its own, or the batch made room. */
  readonly batch: BatchView | null;
  /** As the embedded sink received them; null with `eventsMissing` for the reason. */
  readonly events: { readonly request: EventView | null; readonly response: EventView | null } | null;
  readonly eventsMissing: string | null;
  /** To paste into a terminal; null: its body was not kept whole. */
  readonly curl: string | null;
  /** tritonclient for V2 and gRPC, requests for all else. */
  readonly python: string | null;
  readonly replayable: boolean;
}

export interface BatchMember {
  /** Of the exchange. */
  readonly id: number;
  /** From its arrival until the runtime was called. */
  readonly waitMs: number;
  readonly status: number | null;
}

export interface BatchView {
  readonly id: string;
  readonly model: string | null;
  /** When the runtime was called: ISO 8601, UTC, milliseconds. */
  readonly at: string;
  readonly requests: number;
  readonly rows: number;
  readonly runtimeMs: number;
  /** Of those that were seen, in order of arrival. */
  readonly members: readonly BatchMember[];
}

export interface BatchList {
  readonly cursor: number;
  /** The oldest first; at most 200, the newest of them. */
  readonly batches: readonly BatchView[];
}

/** The answer to a replay; the exchange itself is in the list like any other. */
export interface Replayed {
  readonly status: number;
  readonly grpcStatus: number | null;
  readonly totalMs: number;
}
