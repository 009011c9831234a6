# tritonclient.grpc before Triton: unary calls, compression, statuses and metadata, cancellation and deadlines.
import queue
import time

import grpc
import numpy as np
import tritonclient.grpc as triton
from google.protobuf.json_format import MessageToDict
from report import call, grpc_address, refused, shape_of
from tritonclient.grpc import service_pb2, service_pb2_grpc
from tritonclient.utils import InferenceServerException

CALL_LIMIT_S = 30
client = triton.InferenceServerClient(grpc_address)
channel = grpc.insecure_channel(grpc_address, [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)])
stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
ROWS = np.arange(8, dtype=np.float32).reshape(2, 4)


def tensor(name, values, datatype="FP32"):
    made = triton.InferInput(name, list(values.shape), datatype)
    made.set_data_from_numpy(values)
    return made


def pair(rows=ROWS):
    return [tensor("INPUT0", rows), tensor("INPUT1", np.ones_like(rows))]


def sleeping(delay_ms):
    return [tensor("DELAY_MS", np.array([delay_ms], np.int32), "INT32")]


def answer(result):
    head = result.get_response()
    return {"head": MessageToDict(head), "values": {output.name: result.as_numpy(output.name) for output in head.outputs}}


def infer(model="add_sub", inputs=None, **options):
    return answer(client.infer(model, inputs or pair(), **{"client_timeout": CALL_LIMIT_S, **options}))


def infer_refused(model="add_sub", inputs=None, **options):
    return refused(InferenceServerException, lambda: infer(model, inputs, **options))


# Health, metadata, settings.
call("live", client.is_server_live)
call("ready", client.is_server_ready)
for model, version in [("add_sub", ""), ("add_sub", "1"), ("add_sub", "7"), ("nobody", "")]:
    call(f"model ready {model} {version}", lambda: refused(
        InferenceServerException, lambda: client.is_model_ready(model, version)))
    call(f"model metadata {model} {version}", lambda: refused(
        InferenceServerException, lambda: client.get_model_metadata(model, version, as_json=True)))
call("server metadata", lambda: client.get_server_metadata(as_json=True))
call("model config", lambda: client.get_model_config("add_sub", as_json=True))
call("trace settings", lambda: client.get_trace_settings(as_json=True))
call("log settings", lambda: client.get_log_settings(as_json=True))

# Unary inference.
call("infer", infer)
call("one output", lambda: infer(outputs=[triton.InferRequestedOutput("OUTPUT1")]))
call("classification", lambda: infer(outputs=[triton.InferRequestedOutput("OUTPUT0", class_count=2)]))
call("id and version", lambda: infer(request_id="é-1", model_version="1"))
call("parameters", lambda: infer(parameters={"text": "é", "count": 7, "exact": True}))
for algorithm in ("gzip", "deflate"):
    call(f"{algorithm} messages", lambda: infer(compression_algorithm=algorithm))
call("custom metadata", lambda: infer(headers={"x-tenant": "one", "x-data-bin": b"\x00\xff"}))
large = np.arange(2 * 1024 * 1024, dtype=np.float32)
squeezed = large[: 256 * 1024]  # to squeeze all of it takes seconds on two busy cores
call("8 MiB both ways", lambda: infer("identity", [tensor("IN_FP32", large)]))
call("1 MiB, gzip", lambda: infer("identity", [tensor("IN_FP32", squeezed)], compression_algorithm="gzip"))
call("BYTES", lambda: infer("identity", [tensor("IN_STRING", np.array([b"", b"\xff\x00"], np.object_), "BYTES")]))
call("wrong shape", lambda: infer_refused(inputs=[pair(ROWS[:1])[0], tensor("INPUT1", ROWS[:1, :3])]))
call("too many rows", lambda: infer_refused(inputs=pair(np.ones((9, 4), np.float32)), request_id="rows"))
call("unknown model", lambda: infer_refused("nobody"))
call("unknown version", lambda: infer_refused(model_version="7"))
call("decoupled model by a unary call", lambda: infer_refused("repeat", [tensor("COUNT", np.array([2], np.int32), "INT32")]))
for how in ("refuse", "unavailable", "raise"):
    call(f"the model fails: {how}", lambda: infer_refused("fail", [tensor("HOW", np.array([how.encode()], np.object_), "BYTES")]))


# Several at once, in any order of arrival.
def at_once():
    answers = queue.SimpleQueue()
    for index in range(16):
        client.async_infer("add_sub", pair(ROWS + index), lambda result, error: answers.put((result, error)), request_id=str(index))
    results = [answers.get(timeout=CALL_LIMIT_S) for _ in range(16)]
    return sorted((answer(result) for result, error in results if error is None), key=lambda one: int(one["head"]["id"]))


call("16 at once", at_once)
call("statistics", lambda: shape_of(client.get_inference_statistics("add_sub", as_json=True)))


# What the client's library hides: status, initial and trailing metadata, messages of other forms.
def whole(method, request, **options):
    """Everything of one unary call that a client can see."""
    try:
        message, state = method.with_call(request, timeout=CALL_LIMIT_S, **options)
        body = MessageToDict(message)
    except grpc.RpcError as error:
        body, state = None, error
    metadata = [sorted((key, value) for key, value in part) for part in (state.initial_metadata(), state.trailing_metadata())]
    return {"body": body, "code": state.code().name, "details": state.details(), "metadata": metadata}


def contents(datatype, field, values):
    name = "STRING" if datatype == "BYTES" else datatype
    part = service_pb2.ModelInferRequest.InferInputTensor(name=f"IN_{name}", datatype=datatype, shape=[len(values)])
    getattr(part.contents, field).extend(values)
    return service_pb2.ModelInferRequest(model_name="identity", inputs=[part])


for datatype, field, values in [
    ("BOOL", "bool_contents", [True, False]),
    ("INT8", "int_contents", [-128, 127]),
    ("INT64", "int64_contents", [-(2**63), 2**63 - 1]),
    ("UINT16", "uint_contents", [0, 65535]),
    ("UINT64", "uint64_contents", [0, 2**64 - 1]),
    ("FP32", "fp32_contents", [0.1, -0.0]),
    ("FP64", "fp64_contents", [0.1, 1e300]),
    ("BYTES", "bytes_contents", [b"", b"\xff\x00"]),
]:
    call(f"typed contents of {datatype}", lambda: whole(stub.ModelInfer, contents(datatype, field, values)))
call("metadata of an answer", lambda: whole(stub.ServerReady, service_pb2.ServerReadyRequest()))
call("metadata of an error", lambda: whole(stub.ModelReady, service_pb2.ModelReadyRequest(name="nobody")))
call("raw contents too few", lambda: whole(stub.ModelInfer, service_pb2.ModelInferRequest(
    model_name="add_sub", inputs=contents("FP32", "fp32_contents", [1]).inputs, raw_input_contents=[b"", b""])))
echo = {"request_serializer": bytes, "response_deserializer": bytes}
for method in ("/inference.GRPCInferenceService/Nothing", "/nobody.Service/Call", "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"):
    def unknown():
        return channel.unary_unary(method, **echo)(b"", timeout=CALL_LIMIT_S)
    call(f"unknown method {method}", lambda: refused(grpc.RpcError, unknown))
call("health service", lambda: channel.unary_unary("/grpc.health.v1.Health/Check", **echo)(b"", timeout=CALL_LIMIT_S))
call("a message that is no protobuf", lambda: refused(grpc.RpcError, lambda: channel.unary_unary(
    "/inference.GRPCInferenceService/ModelInfer", **echo)(b"\xff\xff\xff", timeout=CALL_LIMIT_S)))


# Deadlines and cancellation: the client's error, and whether the model was told.
def cancelled_so_far():
    return int(client.infer("slow", sleeping(0), client_timeout=CALL_LIMIT_S).as_numpy("CANCELLED_BEFORE")[0])


def model_is_told(function):
    before = cancelled_so_far()  # the model serves one request at a time: this also waits for any earlier one
    result = function()
    started = time.monotonic()
    told = cancelled_so_far() > before
    return {"client": result, "the model stopped": told, "at once": time.monotonic() - started < 5}


def cancel():
    errors = queue.SimpleQueue()
    handle = client.async_infer("slow", sleeping(10_000), lambda result, error: errors.put(error))
    time.sleep(0.3)  # the request has to be with the model for the question to be worth asking
    handle.cancel()
    return refused(InferenceServerException, lambda: (_ for _ in ()).throw(errors.get(timeout=CALL_LIMIT_S)))


call("deadline exceeded", lambda: model_is_told(lambda: infer_refused("slow", sleeping(10_000), client_timeout=0.5)))
call("deadline kept", lambda: infer("slow", sleeping(300), client_timeout=20)["values"]["SLEPT_MS"])
call("cancelled", lambda: model_is_told(cancel))
call("after both", infer)

# The repository by gRPC.
def index():
    return sorted(client.get_model_repository_index(as_json=True)["models"], key=lambda entry: entry["name"])


def until_unloaded():
    end = time.monotonic() + 15
    while next(entry for entry in index() if entry["name"] == "spare").get("reason") != "unloaded":
        if time.monotonic() > end:
            raise TimeoutError("spare is still loaded")
        time.sleep(0.05)


call("unload", lambda: client.unload_model("spare"))
call("unloaded in the index", until_unloaded)
call("unloaded: infer", lambda: infer_refused("spare"))
call("load", lambda: client.load_model("spare"))
call("loaded: infer", lambda: infer("spare"))
call("load unknown", lambda: refused(InferenceServerException, lambda: client.load_model("nobody")))
call("load with a parameter of no meaning", lambda: refused(
    InferenceServerException, lambda: client.load_model("spare", config="no json")))
call("index", index)
