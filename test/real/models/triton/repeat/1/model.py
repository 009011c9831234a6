# Decoupled: COUNT responses per request, DELAY_MS apart; counts the requests that were cancelled under its hands.
import time

import numpy as np
import triton_python_backend_utils as pb


class TritonPythonModel:
    def initialize(self, args):
        self.cancelled = 0

    def execute(self, requests):
        for request in requests:
            self.serve(request)

    def serve(self, request):
        sender = request.get_response_sender()
        count = int(pb.get_input_tensor_by_name(request, "COUNT").as_numpy()[0])
        delay = pb.get_input_tensor_by_name(request, "DELAY_MS")
        delay_s = 0 if delay is None else int(delay.as_numpy()[0]) / 1000
        before = self.cancelled
        for index in range(count):
            if sender.is_cancelled():
                self.cancelled += 1
                break
            values = {"INDEX": index, "CANCELLED_BEFORE": before}
            tensors = [pb.Tensor(name, np.array([value], np.int32)) for name, value in values.items()]
            sender.send(pb.InferenceResponse(tensors))
            time.sleep(delay_s)
        sender.send(flags=pb.TRITONSERVER_RESPONSE_COMPLETE_FINAL)
