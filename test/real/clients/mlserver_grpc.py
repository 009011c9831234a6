# gRPC before MLServer: tritonclient.grpc, statuses, the size limit of the server, its own form of streams.
import grpc
import numpy as np
import tritonclient.grpc as triton
from google.protobuf.json_format import MessageToDict
from report import call, grpc_address, refused
from tritonclient.grpc import service_pb2, service_pb2_grpc
from tritonclient.utils import InferenceServerException

CALL_LIMIT_S = 30
client = triton.InferenceServerClient(grpc_address)
channel = grpc.insecure_channel(grpc_address)
stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)


def infer(values=(1, 2, 3), model="sum", **options):
    array = np.array(values, np.float32)
    tensor = triton.InferInput("x", list(array.shape), "FP32")
    tensor.set_data_from_numpy(array)
    result = client.infer(model, [tensor], client_timeout=CALL_LIMIT_S, request_id="g-1", **options)
    return {"head": MessageToDict(result.get_response()), "sum": result.as_numpy("sum")}


def infer_refused(*arguments, **options):
    return refused(InferenceServerException, lambda: infer(*arguments, **options))


def typed():
    tensor = service_pb2.ModelInferRequest.InferInputTensor(name="x", datatype="INT64", shape=[2])
    tensor.contents.int64_contents.extend([2**40, 7])
    return service_pb2.ModelInferRequest(model_name="sum", id="typed", inputs=[tensor])


def stream():
    """MLServer streams plain responses, not Triton's envelope: only a client that takes raw messages can read them."""
    method = channel.stream_stream("/inference.GRPCInferenceService/ModelStreamInfer",
        request_serializer=service_pb2.ModelInferRequest.SerializeToString, response_deserializer=bytes)
    return list(method(iter([typed()]), timeout=CALL_LIMIT_S))


def metadata(text):
    state = None
    try:
        _, state = stub.ModelInfer.with_call(typed(), metadata=[("x-tenant", text)], timeout=CALL_LIMIT_S)
    except grpc.RpcError as error:
        state = error
    keys = [sorted(key for key, _ in part) for part in (state.initial_metadata(), state.trailing_metadata())]
    return [state.code().name, keys]


call("live and ready", lambda: [client.is_server_live(), client.is_server_ready(), client.is_model_ready("sum")])
call("ready of an unknown model", lambda: refused(InferenceServerException, lambda: client.is_model_ready("nobody")))
call("server metadata", lambda: client.get_server_metadata(as_json=True))
call("model metadata", lambda: client.get_model_metadata("sum", as_json=True))
call("infer", infer)
call("infer of a version", lambda: infer(model_version="v1"))
call("gzip messages", lambda: infer(compression_algorithm="gzip"))
call("typed contents", lambda: MessageToDict(stub.ModelInfer(typed(), timeout=CALL_LIMIT_S)))
call("metadata both ways", lambda: metadata("one"))
call("unknown model", lambda: infer_refused(model="nobody"))
call("the model raises", lambda: infer_refused((-1,)))
call("larger than the server takes", lambda: infer_refused(np.ones(1_500_000)))
call("after the faults", infer)
call("index", lambda: client.get_model_repository_index(as_json=True))
call("model config: not there", lambda: refused(InferenceServerException, lambda: client.get_model_config("sum")))
call("a stream of plain responses", stream)
