// One exchange as one line of the terminal, in columns: when, what, how it ended, where the time went. Pure.
import type { styleText } from 'node:util';
import { modelOf } from './named-model.ts';
import type { SeenExchange } from './seen-exchange.ts';
import { spokenProtocol } from './view/spoken-protocol.ts';

type Style = Parameters<typeof styleText>[0];

/** Colours a piece of text, or leaves it alone. */
export type Paint = (style: Style, text: string) => string;

const [protocolWidth, subjectWidth, statusWidth, totalWidth] = [9, 32, 7, 10];

/** Of one that ended. */
export function renderLine(seen: SeenExchange, paint: Paint): string {
  const protocol = spokenProtocol(seen.request);
  const columns = [
    paint('dim', clockTime(seen.atMs)),
    protocol.padEnd(protocolWidth),
    cell(subjectOf(seen, protocol === 'gRPC'), subjectWidth),
    paint(styles[seen.outcome], statusOf(seen).padEnd(statusWidth)),
    showMs(seen.times?.totalMs ?? 0).padStart(totalWidth),
    ...batchOf(seen, paint),
  ];
  return columns.join('  ').trimEnd();
}

export function renderLeftOut(lines: number, paint: Paint): string {
  return paint('dim', `${' '.repeat(clockTime(0).length)}  … and ${lines} more within that second`);
}

const styles = { running: 'dim', ok: 'green', error: 'red', cancelled: 'yellow' } as const;

/** The model where one is asked to infer; else the request line, without a query: it may carry keys. */
function subjectOf(seen: SeenExchange, grpc: boolean): string {
  const model = modelOf(seen);
  const path = seen.path.split('?', 1)[0] as string;
  if (grpc) {
    const method = path.slice(path.lastIndexOf('/') + 1);
    return model === null || method !== 'ModelInfer' ? [method, model ?? ''].join(' ') : model;
  }
  return model !== null && /\/infer$|:\w+$/.test(path) ? model : `${seen.method} ${path}`;
}

function statusOf({ outcome, status, grpcStatus }: SeenExchange): string {
  if (outcome === 'cancelled') return 'left';
  if (status === null) return 'broken';
  if (grpcStatus !== null) return grpcStatus === 0 ? 'OK' : `grpc ${grpcStatus}`;
  return outcome === 'error' && status < 400 ? 'broken' : String(status);
}

function batchOf({ batch, times }: SeenExchange, paint: Paint): string[] {
  if (batch === undefined || times === null) return [];
  const [wait, runtime, agent] = [times.waitMs, times.runtimeMs, times.agentMs].map(showFigure);
  const ride = batch.requests === 1 ? 'alone' : `batch of ${batch.requests}`;
  return [paint('dim', `wait ${wait} + runtime ${runtime} + agent ${agent}`), paint('cyan', ride)];
}

/** Of this machine, as its other logs say it. */
function clockTime(epochMs: number): string {
  const at = new Date(epochMs);
  const two = (value: number) => String(value).padStart(2, '0');
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':');
  return `${time}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}

function showMs(ms: number): string {
  return `${showFigure(ms)} ms`;
}

function showFigure(ms: number): string {
  return ms < 100 ? ms.toFixed(1) : ms.toFixed(0);
}

/** Clients choose names: none of their bytes may steer the terminal. */
function cell(text: string, width: number): string {
  const plain = text.replace(/[^\x20-\x7e]/g, '?');
  return plain.length > width ? `${plain.slice(0, width - 1)}…` : plain.padEnd(width);
}
