// Which requests do operators keep from every client? The runtime's administrative APIs, by family, and changes of models.
import type { DeniableApi } from '../config/slices.ts';
import { OutriggerError } from '../errors.ts';
import type { Middleware } from '../http/exchange.ts';
import { type AdminCall, type AdminRequest, readAdminCalls } from '../v2/admin-api.ts';

export interface DeniedApis {
  /** Closed whole, questions included (--deny-apis). */
  readonly apis: readonly DeniableApi[];
  /** The agent keeps the models: loading and unloading is closed, asking what there is is not (--own-models). */
  readonly ownModels: boolean;
}

/** The error that refuses a request, API_DENIED; null: it may pass. */
export type ApiRefusal = (request: AdminRequest) => OutriggerError | null;

/** Null: nothing is closed. Tunnels do not come through the pipeline and are asked by the same refusal. */
export function refuseApis(denied: DeniedApis): ApiRefusal | null {
  const { apis, ownModels } = denied;
  if (apis.length === 0 && !ownModels) return null;
  const closed: ReadonlySet<DeniableApi> = new Set(apis);
  return (request) => {
    for (const { api, changesModels } of readAdminCalls(request)) {
      if (closed.has(api)) return denial(`the ${familyNames[api]} API is closed by --deny-apis ${api}`);
      if (ownModels && changesModels) {
        return denial('the agent keeps the models, no client loads or unloads them: see --own-models');
      }
    }
    return null;
  };
}

/** A stage for the request path: before everything that waits or costs something. Null: nothing is closed. */
export function denyApis(denied: DeniedApis): Middleware | null {
  const refuse = refuseApis(denied);
  if (refuse === null) return null;
  return (next) => (request) => {
    const refusal = refuse(request);
    return refusal === null ? next(request) : Promise.reject(refusal);
  };
}

const familyNames: Readonly<Record<AdminCall['api'], string>> = {
  repository: 'model repository',
  shm: 'shared memory',
  trace: 'trace',
  logging: 'logging',
};

function denial(message: string): OutriggerError {
  return new OutriggerError('API_DENIED', message);
}
