# Takes 4 ms a call and 0.1 ms a row, one call at a time as a model that computes does, and doubles every number.
import time

from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse


class CostlyModel(MLModel):
    async def load(self) -> bool:
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        values = NumpyCodec.decode_input(payload.inputs[0])
        time.sleep(0.004 + 0.0001 * len(values))
        output = NumpyCodec.encode_output("y", values + values)
        return InferenceResponse(id=payload.id, model_name=self.name, model_version=self.version, outputs=[output])
