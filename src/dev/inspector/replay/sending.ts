// What is the same for a request sent once more over either protocol.
import type { Replayed } from '../api.ts';
import type { KeptRequest } from '../kept-exchange.ts';

export interface Sending {
  readonly request: KeptRequest;
  readonly agentUrl: string;
  readonly deadline: AbortSignal;
  readonly maxAnswerBytes: number;
}

export type Answered = Pick<Replayed, 'status' | 'grpcStatus'>;

/** Destroys the answer behind `maxBytes`. Rejects when it breaks off. */
export async function drain(answer: AsyncIterable<Buffer>, maxBytes: number): Promise<void> {
  let bytes = 0;
  for await (const chunk of answer) {
    bytes += chunk.length;
    if (bytes > maxBytes) return;
  }
}
