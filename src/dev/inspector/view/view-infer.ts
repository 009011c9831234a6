// An inference request or answer as a person looks at it.
import type { BodyView } from '../api.ts';
import type { InferMessage } from './infer-message.ts';
import { viewTensor } from './view-tensor.ts';

/** `missing`: why there is no more of it; null: it is whole. */
export function viewInfer({ about, tensors }: InferMessage, missing: string | null): BodyView {
  return {
    kind: 'tensors',
    about: missing === null ? about : { ...about, '(cut)': missing },
    tensors: tensors.map(viewTensor),
  };
}
