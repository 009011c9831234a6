// Attempts of the official client that failed, told to the one pull whose call it was: many pulls share a client.
import type { S3Client } from '@aws-sdk/client-s3';
import type { OnSetback } from '../../object-store.ts';
import { passingReason } from './s3-failure.ts';

/** The client tries again in silence: this stands behind its retries, so that it sees each attempt. */
export function tellSetbacks<Watched extends { readonly middlewareStack: object }>(
  command: Watched,
  onSetback: OnSetback | undefined,
): Watched {
  if (onSetback === undefined) return command;
  const stack = command.middlewareStack as Pick<S3Client['middlewareStack'], 'add'>;
  stack.add(
    (next) => async (call) => {
      try {
        return await next(call);
      } catch (error) {
        const reason = passingReason(error);
        if (reason !== null) onSetback(reason);
        throw error;
      }
    },
    { step: 'finalizeRequest', priority: 'low', name: 'tellSetbacks' },
  );
  return command;
}
