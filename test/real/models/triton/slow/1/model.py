# Sleeps as long as it is told, but stops when its request is cancelled, and counts those.
import time

import numpy as np
import triton_python_backend_utils as pb

STEP_S = 0.02


class TritonPythonModel:
    def initialize(self, args):
        self.cancelled = 0

    def execute(self, requests):
        return [self.answer(request) for request in requests]

    def answer(self, request):
        delay_ms = int(pb.get_input_tensor_by_name(request, "DELAY_MS").as_numpy()[0])
        before = self.cancelled
        end = time.monotonic() + delay_ms / 1000
        while time.monotonic() < end:
            if request.is_cancelled():
                self.cancelled += 1
                return pb.InferenceResponse(error=pb.TritonError("cancelled", pb.TritonError.CANCELLED))
            time.sleep(STEP_S)
        values = {"SLEPT_MS": delay_ms, "CANCELLED_BEFORE": before}
        return pb.InferenceResponse([pb.Tensor(name, np.array([value], np.int32)) for name, value in values.items()])
