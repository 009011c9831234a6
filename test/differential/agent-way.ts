// One way for a case: a client, an agent in this process with lanes on or off, a runtime; and what was seen at both of its ends.
import { connect } from 'node:net';
import { startAgent } from '../../src/agent.ts';
import { readConfig } from '../../src/config/read.ts';
import { openMetrics } from '../../src/metrics.ts';
import { bindListener } from '../../src/server/listener.ts';
import type { SentRequest } from '../support/strict-request.ts';
import type { GeneratedAnswer } from './answer-grammar.ts';
import { Patience } from './patience.ts';
import { ScriptedEnd } from './scripted-end.ts';
import { type Pieces, sendInPieces } from './send-in-pieces.ts';

export interface Seen {
  /** All that the client got, latin1. */
  readonly client: string;
  /** It was broken off, not ended. */
  readonly reset: boolean;
  /** Nothing moved any more, and nobody closed the client's connection. */
  readonly hung: boolean;
  readonly sent: readonly SentRequest[];
  /** Bytes that no strict recipient would take went to the runtime. */
  readonly unsound: string | null;
}

const silentLog = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export class AgentWay implements AsyncDisposable {
  readonly #runtime: ScriptedEnd;
  readonly #agent: Awaited<ReturnType<typeof startAgent>>;

  private constructor(runtime: ScriptedEnd, agent: Awaited<ReturnType<typeof startAgent>>) {
    this.#runtime = runtime;
    this.#agent = agent;
  }

  static async open(lanes: 'auto' | 'off'): Promise<AgentWay> {
    const runtime = new ScriptedEnd();
    const port = await runtime.listen();
    const argv = ['--host=127.0.0.1', '--port=0', '--metrics-port=0', `--component-port=${port}`, `--lanes=${lanes}`];
    const config = readConfig({ argv: [...argv, '--max-header-bytes=4096'], env: {} });
    const listener = await bindListener(config.listener);
    const agent = await startAgent({ config, listener, log: silentLog, metrics: openMetrics() });
    return new AgentWay(runtime, agent);
  }

  async run(request: Pieces, answer: GeneratedAnswer): Promise<Seen> {
    const patience = new Patience();
    this.#runtime.begin(answer, patience.renew);
    const heard = await exchange(this.#agent.port, request, patience);
    try {
      return { ...heard, sent: this.#runtime.received(), unsound: null };
    } catch (error) {
      return { ...heard, sent: [], unsound: String(error) };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent[Symbol.asyncDispose]();
    this.#runtime.close();
  }
}

type Heard = Pick<Seen, 'client' | 'reset' | 'hung'>;

/** Sends all, ends its side, and reads until the other side ends. */
export function exchange(port: number, request: Pieces, patience = new Patience()): Promise<Heard> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    let client = '';
    let reset = false;
    const settle = (hung: boolean): void => {
      patience.stop();
      socket.destroy();
      resolve({ client, reset, hung });
    };
    patience.start(() => settle(true));
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      client += text;
      patience.renew();
    });
    socket.on('error', () => {
      reset = true;
    });
    socket.once('end', () => settle(false));
    socket.once('close', () => settle(false));
    socket.once('connect', () => sendInPieces(socket, request, patience.renew, () => socket.end()));
  });
}
