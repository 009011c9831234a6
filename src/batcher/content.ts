// What a request that may be merged holds, in the words of its protocol.
import type { InferRequest } from '../v2/infer-request.ts';
import type { PredictRequest } from '../v2/predict-request.ts';

export type Content =
  | { readonly protocol: 'v1'; readonly request: PredictRequest }
  | { readonly protocol: 'v2'; readonly request: InferRequest };
