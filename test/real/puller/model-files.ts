// The files of models that multiply by the number of their version, for each runtime; and of such that the runtime refuses.
import type { Files } from '../stores/pulled.ts';

/** `broken`: its initialize raises these words. */
export function tritonModel(version: number | { readonly broken: string }): Files {
  const start = typeof version === 'number' ? 'pass' : `raise RuntimeError("${version.broken}")`;
  return {
    'config.pbtxt': Buffer.from(`backend: "python"
max_batch_size: 64
input [ { name: "X" data_type: TYPE_FP32 dims: [ 1 ] } ]
output [ { name: "Y" data_type: TYPE_FP32 dims: [ 1 ] } ]
instance_group [ { kind: KIND_CPU count: 1 } ]
`),
    '1/model.py': Buffer.from(`import triton_python_backend_utils as pb

FACTOR = ${typeof version === 'number' ? version : 0}


class TritonPythonModel:
    def initialize(self, args):
        ${start}

    def execute(self, requests):
        return [self.answer(request) for request in requests]

    def answer(self, request):
        values = pb.get_input_tensor_by_name(request, "X").as_numpy()
        return pb.InferenceResponse([pb.Tensor("Y", values * FACTOR)])
`),
  };
}

/** `broken`: its settings name a class that there is not. */
export function mlserverModel(name: string, version: number | 'broken'): Files {
  const settings = {
    name,
    implementation: version === 'broken' ? 'product_model.NoSuchModel' : 'product_model.ProductModel',
    parameters: { uri: './factor.txt', version: 'v1' },
  };
  return {
    'model-settings.json': Buffer.from(JSON.stringify(settings)),
    'factor.txt': Buffer.from(String(version)),
    'product_model.py': Buffer.from(`from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceResponse
from mlserver.utils import get_model_uri


class ProductModel(MLModel):
    async def load(self) -> bool:
        with open(await get_model_uri(self._settings)) as file:
            self.factor = float(file.read())
        return True

    async def predict(self, payload):
        values = NumpyCodec.decode_input(payload.inputs[0])
        output = NumpyCodec.encode_output("Y", values * self.factor)
        return InferenceResponse(id=payload.id, model_name=self.name, model_version=self.version, outputs=[output])
`),
  };
}

/** A number, which the server of models/kserve-folder reads. */
export function kserveModel(version: number | 'broken'): Files {
  return { 'factor.txt': Buffer.from(String(version)) };
}
