# Fails in the way that its input asks for: an error of the request, one with a code, or an uncaught exception.
import triton_python_backend_utils as pb


class TritonPythonModel:
    def execute(self, requests):
        return [self.answer(request) for request in requests]

    def answer(self, request):
        how = pb.get_input_tensor_by_name(request, "HOW").as_numpy()[0].decode()
        if how == "raise":
            raise RuntimeError("the model raised")
        code = pb.TritonError.UNAVAILABLE if how == "unavailable" else pb.TritonError.INTERNAL
        return pb.InferenceResponse(error=pb.TritonError(f"the model refused: {how} é", code))
