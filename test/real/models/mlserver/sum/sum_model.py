# Adds one to each element; negative numbers raise, as a model with a fault does.
import numpy as np
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse


class SumModel(MLModel):
    async def load(self) -> bool:
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        values = NumpyCodec.decode_input(payload.inputs[0])
        if values.size and values.min() < 0:
            raise ValueError("negative numbers are not for this model")
        output = NumpyCodec.encode_output("sum", values.astype(np.float64) + 1)
        return InferenceResponse(id=payload.id, model_name=self.name, model_version=self.version, outputs=[output])
