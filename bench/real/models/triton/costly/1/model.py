# Takes 4 ms a call and 0.1 ms a row, and doubles every number.
import time

import triton_python_backend_utils as pb


class TritonPythonModel:
    def execute(self, requests):
        inputs = [pb.get_input_tensor_by_name(request, "x").as_numpy() for request in requests]
        time.sleep(0.004 + 0.0001 * sum(len(each) for each in inputs))
        return [pb.InferenceResponse([pb.Tensor("y", each + each)]) for each in inputs]
