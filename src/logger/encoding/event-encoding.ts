// How events become one POST: CloudEvents 1.0 over HTTP, in the three modes of its binding.
import type { EventEncoding } from '../delivery/delivery.ts';
import { BinaryEncoding } from './binary-encoding.ts';
import { BatchedEncoding, StructuredEncoding } from './structured-encoding.ts';

export function openEncoding(format: 'binary' | 'structured' | 'batched'): EventEncoding {
  switch (format) {
    case 'binary':
      return new BinaryEncoding();
    case 'structured':
      return new StructuredEncoding();
    case 'batched':
      return new BatchedEncoding();
  }
}
