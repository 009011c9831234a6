# A language model's manners without the model: one response per word of text_input, delay_ms apart.
import time

import numpy as np
import triton_python_backend_utils as pb


class TritonPythonModel:
    def execute(self, requests):
        for request in requests:
            self.serve(request)

    def serve(self, request):
        sender = request.get_response_sender()
        text = pb.get_input_tensor_by_name(request, "text_input").as_numpy()[0].decode()
        delay = pb.get_input_tensor_by_name(request, "delay_ms")
        delay_s = 0 if delay is None else int(delay.as_numpy()[0]) / 1000
        for index, word in enumerate(text.split()):
            if index > 0:
                time.sleep(delay_s)
            output = pb.Tensor("text_output", np.array([word.encode()], np.object_))
            sender.send(pb.InferenceResponse([output]))
        sender.send(flags=pb.TRITONSERVER_RESPONSE_COMPLETE_FINAL)
