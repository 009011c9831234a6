// What TensorFlow Serving and OpenVINO Model Server say of a model's versions, in the same form (`model_version_status`).
import * as v from 'valibot';

const statusSchema = v.object({
  version: v.pipe(v.union([v.string(), v.number()]), v.transform(String)),
  state: v.string(),
  status: v.optional(v.object({ error_code: v.optional(v.string()), error_message: v.optional(v.string()) })),
});

/** `GET /v1/models/<name>` of both; OVMS's `GET /v1/config` has one for each model (docs/model_server_rest_api_tfs.md). */
export const versionStatesSchema = v.pipe(
  v.object({ model_version_status: v.optional(v.array(statusSchema), []) }),
  v.transform(({ model_version_status: list }): VersionStates => {
    return new Map(
      list.map(({ version, state, status }) => {
        const code = status?.error_code ?? 'OK';
        const error = code === 'OK' ? null : `${code}: ${status?.error_message ?? ''}`.replace(/: $/, '');
        return [version, { state, error }];
      }),
    );
  }),
);

/** By version number. A model that nobody knows has none. */
export type VersionStates = ReadonlyMap<string, VersionState>;

export interface VersionState {
  /** START, LOADING, AVAILABLE, UNLOADING, END (apis/get_model_status.proto). */
  readonly state: string;
  /** Code and message, when it is not OK. OVMS leaves what failed in LOADING. */
  readonly error: string | null;
}

/** Nobody reads its files: it was let go of, or never was. */
export function isGone(states: VersionStates): boolean {
  return [...states.values()].every(isEnded);
}

export function isAvailable(states: VersionStates): boolean {
  return [...states.values()].some(({ state, error }) => state === 'AVAILABLE' && error === null);
}

/** Serves these versions' newest alone: requests that name no version reach it. */
export function servesOnly(states: VersionStates, wanted: string): boolean {
  const others = [...states].filter(([version]) => version !== wanted);
  return states.get(wanted)?.state === 'AVAILABLE' && others.every(([, other]) => isEnded(other));
}

export function isEnded({ state, error }: VersionState): boolean {
  return state === 'END' || (state === 'LOADING' && error !== null);
}
