# The sum of each row, with the costs of many a real model: some for every call, and a little for each row in it.
import time

import triton_python_backend_utils as pb_utils

CALL_S = 0.004
ROW_S = 0.0001


class TritonPythonModel:
    def execute(self, requests):
        return [self.answer(request) for request in requests]

    def answer(self, request):
        rows = pb_utils.get_input_tensor_by_name(request, "INPUT").as_numpy()
        time.sleep(CALL_S + ROW_S * len(rows))
        return pb_utils.InferenceResponse([pb_utils.Tensor("SUM", rows.sum(axis=1, keepdims=True))])
