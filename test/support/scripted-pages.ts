// A runtime's pages for who asks for them one by one: each path with its answer, and a list of what was asked.
import type { Ask, RuntimeAnswer } from '../../src/batcher/limits/ask-runtime.ts';

/** A status, or the JSON of a 200, or an error instead of an answer. */
export type ScriptedPage = number | object | Error;

export interface ScriptedPages {
  readonly ask: Ask;
  readonly asked: readonly string[];
  /** The protocol of each question. */
  readonly protocols: readonly string[];
  /** Paths that are not in it are 404. Change it as the runtime changes. */
  readonly pages: Map<string, ScriptedPage>;
  /** From here on answers wait until the returned function is called. */
  hold(): () => void;
}

export function scriptedPages(pages: Readonly<Record<string, ScriptedPage>> = {}): ScriptedPages {
  const asked: string[] = [];
  const protocols: string[] = [];
  const now = new Map(Object.entries(pages));
  const gate = { opened: Promise.resolve() };
  return {
    asked,
    protocols,
    pages: now,
    async ask(path, protocol) {
      asked.push(path);
      protocols.push(protocol);
      const page = now.get(path) ?? 404;
      await gate.opened;
      return answer(page);
    },
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate.opened = promise;
      return resolve;
    },
  };
}

function answer(page: ScriptedPage): RuntimeAnswer {
  if (page instanceof Error) throw page;
  if (typeof page === 'number') return { status: page, body: Buffer.from('{"error":"no"}') };
  return { status: 200, body: Buffer.from(JSON.stringify(page)) };
}
