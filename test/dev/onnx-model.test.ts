import * as onnxruntime from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { describeConfig } from '../../src/dev/model-description.ts';
import { OnnxModel } from '../../src/dev/onnx-model.ts';
import { addModel, type IdentityInput, identityModel } from './onnx-file.ts';
import { makeModelDir } from './runtime-client.ts';

function loadIdentity(...inputs: IdentityInput[]): Promise<OnnxModel> {
  return load(identityModel(inputs));
}

async function load(file: Buffer): Promise<OnnxModel> {
  const dir = await makeModelDir({ 'm.onnx': file });
  try {
    const path = `${dir.path}/m.onnx`;
    return await OnnxModel.load({ onnxruntime, name: 'm', version: '1', path, maxBatchSize: 4, threads: 1 });
  } finally {
    await dir.remove();
  }
}

function request(...inputs: { name: string; shape: number[] }[]) {
  const tensors = inputs.map(({ name, shape }) => {
    const elements = shape.reduce((product, size) => product * size, 1);
    return { name, shape, datatype: 'FP32', data: new Float32Array(elements).fill(elements) };
  });
  return { id: undefined, inputs: tensors, outputs: null, binaryByDefault: false };
}

test('retiring lets the calls in flight finish, and is harmless twice', async () => {
  const model = await loadIdentity({ name: 'x', datatype: 'FP32', shape: [-1, 2] });
  const events: string[] = [];
  const call = model.infer(request({ name: 'x', shape: [1, 2] })).then((outputs) => {
    events.push('answered');
    return outputs;
  });
  await Promise.all([model.retire().then(() => events.push('retired')), model.retire()]);
  expect(events).toEqual(['answered', 'retired']);
  expect((await call)[0]?.data).toEqual(Float32Array.of(2, 2));
});

test('a model with a fixed first dimension has no batches', async () => {
  const model = await loadIdentity({ name: 'x', datatype: 'BYTES', shape: [3, -1] });
  expect(model.maxBatchSize).toBe(0);
  expect(describeConfig(model)).toMatchObject({
    max_batch_size: 0,
    input: [{ name: 'x', data_type: 'TYPE_STRING', dims: [3, -1] }],
  });
  await model.retire();
});

test('inputs that are missing or of unequal rows are named', async () => {
  const x = { name: 'x', datatype: 'FP32', shape: [-1, 2] } as const;
  const model = await loadIdentity(x, { ...x, name: 'y' }, { ...x, name: 'z' });
  await expect(model.infer(request({ name: 'y', shape: [1, 2] }))).rejects.toMatchObject({
    status: 400,
    message: expect.stringContaining("expected 3 inputs but got 1 inputs for model 'm'. Missing: 'x', 'z'"),
  });
  const rows = (name: string, count: number) => ({ name, shape: [count, 2] });
  await expect(model.infer(request(rows('x', 2), rows('z', 2), rows('y', 1)))).rejects.toMatchObject({
    status: 400,
    message: expect.stringContaining("input 'y' batch size does not match"),
  });
  await model.retire();
});

test('what the model itself refuses is its own error: 500, and it goes on', async () => {
  const model = await load(addModel());
  const sizes = (a: number, b: number) => request({ name: 'a', shape: [1, a] }, { name: 'b', shape: [1, b] });
  await expect(model.infer(sizes(2, 3))).rejects.toMatchObject({ status: 500 });
  expect((await model.infer(sizes(2, 2)))[0]?.data).toEqual(Float32Array.of(4, 4));
  await model.retire();
});

test('a scalar is answered as a scalar', async () => {
  const model = await loadIdentity({ name: 'x', datatype: 'FP32', shape: [] });
  expect(await model.infer(request({ name: 'x', shape: [] }))).toMatchObject([{ shape: [], data: { 0: 1 } }]);
  await model.retire();
});
