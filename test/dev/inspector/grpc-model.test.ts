import { expect, it } from 'vitest';
import { readGrpcModel } from '../../../src/dev/inspector/grpc-model.ts';
import { encodeInfer, frame } from '../../support/grpc/inference-peers.ts';

const load = (repository: string, model: string) =>
  Buffer.from([
    ...(repository === '' ? [] : [0x0a, repository.length, ...Buffer.from(repository)]),
    ...[0x12, model.length, ...Buffer.from(model)],
  ]);

it('the name stands in the message', () => {
  const message = frame(encodeInfer({ model_name: 'digits', model_version: '2', id: 'x' }));
  expect(readGrpcModel('ModelInfer', message)).toBe('digits');
  expect(readGrpcModel('ModelStreamInfer', Buffer.concat([message, message]))).toBe('digits');
  expect(readGrpcModel('ModelInfer', frame(encodeInfer({ model_name: 'm'.repeat(300) })))).toHaveLength(300);
});

it('of a load stands behind the repository', () => {
  expect(readGrpcModel('RepositoryModelLoad', frame(load('r', 'digits')))).toBe('digits');
  expect(readGrpcModel('RepositoryModelUnload', frame(load('', 'digits')))).toBe('digits');
});

it.each([
  ['another method', 'RepositoryIndex', frame(encodeInfer({ model_name: 'm' }))],
  ['nothing', 'ModelInfer', Buffer.alloc(0)],
  ['an empty message', 'ModelInfer', frame(Buffer.alloc(0))],
  ['a message without a name', 'ModelInfer', frame(encodeInfer({ id: 'x' }))],
  ['a compressed message', 'ModelInfer', frame(encodeInfer({ model_name: 'm' }), true)],
  ['bytes that are none', 'ModelInfer', Buffer.from('ffffffffffffffffffff', 'hex')],
  ['a length beyond two bytes', 'ModelInfer', frame(Buffer.from([0x0a, 0xff, 0xff, 0xff]))],
])('%s names none', (_what, method, bytes) => {
  expect(readGrpcModel(method, bytes)).toBeNull();
});
