# tritonclient.http before Triton: health, metadata, inference in every datatype and encoding, faults, the repository.
import gevent
import ml_dtypes
import numpy as np
import tritonclient.http as triton
from report import call, http_address, refused, shape_of
from tritonclient.utils import InferenceServerException, triton_to_np_dtype

client = triton.InferenceServerClient(http_address, concurrency=4, connection_timeout=10.0, network_timeout=30.0)
ROWS = np.arange(8, dtype=np.float32).reshape(2, 4)


def tensor(name, values, datatype="FP32", binary=True):
    made = triton.InferInput(name, list(values.shape), datatype)
    made.set_data_from_numpy(values, binary_data=binary)
    return made


def pair(rows=ROWS, binary=True):
    return [tensor("INPUT0", rows, binary=binary), tensor("INPUT1", np.ones_like(rows), binary=binary)]


def wanted(*names, **options):
    return [triton.InferRequestedOutput(name, **options) for name in names]


def answer(result):
    head = result.get_response()
    return {"head": head, "values": {output["name"]: result.as_numpy(output["name"]) for output in head["outputs"]}}


def infer(model="add_sub", inputs=None, **options):
    return answer(client.infer(model, inputs or pair(), **options))


def infer_refused(model="add_sub", inputs=None, **options):
    return refused(InferenceServerException, lambda: infer(model, inputs, **options))


# Health, metadata, settings.
call("live", client.is_server_live)
call("ready", client.is_server_ready)
for model, version in [("add_sub", ""), ("add_sub", "1"), ("add_sub", "7"), ("nobody", "")]:
    call(f"model ready {model} {version}", lambda: client.is_model_ready(model, version))
    call(f"model metadata {model} {version}", lambda: refused(InferenceServerException, lambda: client.get_model_metadata(model, version)))
call("server metadata", client.get_server_metadata)
call("model config", lambda: client.get_model_config("add_sub"))
call("model config unknown", lambda: refused(InferenceServerException, lambda: client.get_model_config("nobody")))
call("statistics of all", lambda: sorted(model["name"] for model in client.get_inference_statistics()["model_stats"]))
call("trace settings", client.get_trace_settings)
call("log settings", client.get_log_settings)
call("shared memory", client.get_system_shared_memory_status)

# Encodings of request and answer.
call("binary both ways", infer)
call("json both ways", lambda: infer(inputs=pair(binary=False), outputs=wanted("OUTPUT0", "OUTPUT1", binary_data=False)))
call("json in, binary out", lambda: infer(inputs=pair(binary=False)))
call("one json, one binary input", lambda: infer(inputs=[pair()[0], pair(binary=False)[1]]))
call("one output of two", lambda: infer(outputs=wanted("OUTPUT1")))
call("outputs reversed", lambda: infer(outputs=wanted("OUTPUT1", "OUTPUT0")))
call("classification", lambda: infer(outputs=wanted("OUTPUT0", class_count=2)))
call("request id", lambda: infer(request_id="a-1"))
call("request id beyond ASCII", lambda: infer(request_id="é日本"))
call("parameters", lambda: infer(parameters={"text": "é", "count": 7, "exact": True}))
call("priority and timeout", lambda: infer(priority=1, timeout=1_000_000))
call("version in the path", lambda: infer(model_version="1"))
call("headers and query", lambda: infer(headers={"X-Tenant": "one"}, query_params={"a b": "c&d", "e": ["1", "2"]}))
call("a full batch", lambda: infer(inputs=pair(np.full((8, 4), 0.5, np.float32))))
for request in (None, "gzip", "deflate"):
    for response in (None, "gzip", "deflate"):
        call(f"request {request}, response {response}", lambda: infer(
            request_compression_algorithm=request, response_compression_algorithm=response))
call("four at once", lambda: [answer(handle.get_result()) for handle in [
    client.async_infer("add_sub", pair(ROWS + index), request_id=str(index)) for index in range(4)]])

# Every datatype, in both encodings; FP16 and BF16 have no JSON.
for datatype in ("BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "FP32", "FP64", "BYTES"):
    kind = triton_to_np_dtype(datatype)
    if datatype == "BYTES":
        values = np.array([b"", "é日本".encode(), b'q"[],\\'], np.object_)
    elif datatype.startswith(("INT", "UINT")):
        values = np.array([0, 1, np.iinfo(kind).min, np.iinfo(kind).max], kind)
    else:
        values = np.array([0, 1, 0.5, -2]).astype(kind)
    name = "STRING" if datatype == "BYTES" else datatype
    for binary in (True, False):
        if binary or datatype != "FP16":
            call(f"{datatype} {'binary' if binary else 'json'}", lambda: infer(
                "identity", [tensor(f"IN_{name}", values, datatype, binary)], outputs=wanted(f"OUT_{name}", binary_data=binary)))
call("BF16 binary", lambda: infer("identity", [tensor("IN_BF16", np.array([1, 3.140625, -2], ml_dtypes.bfloat16), "BF16")], outputs=wanted("OUT_BF16")))
call("BYTES that are no UTF-8", lambda: infer(
    "identity", [tensor("IN_STRING", np.array([b"\xff\x00\xfe"], np.object_), "BYTES")], outputs=wanted("OUT_STRING")))
call("NaN and infinities", lambda: infer(
    "identity", [tensor("IN_FP32", np.array([np.nan, np.inf, -np.inf, -0.0], np.float32))], outputs=wanted("OUT_FP32")))
call("no elements", lambda: infer("identity", [tensor("IN_FP32", np.array([], np.float32))], outputs=wanted("OUT_FP32")))
large = np.arange(2 * 1024 * 1024, dtype=np.float32)
squeezed = large[: 256 * 1024]  # to squeeze all of it takes seconds on two busy cores
call("8 MiB both ways", lambda: infer("identity", [tensor("IN_FP32", large)], outputs=wanted("OUT_FP32")))
call("1 MiB, gzip both ways", lambda: infer("identity", [tensor("IN_FP32", squeezed)], outputs=wanted("OUT_FP32"),
    request_compression_algorithm="gzip", response_compression_algorithm="gzip"))

# Faults of the client and of the model.
call("wrong shape", lambda: infer_refused(inputs=[pair(ROWS[:1])[0], tensor("INPUT1", np.ones((1, 3), np.float32))]))
call("wrong datatype", lambda: infer_refused(inputs=[tensor("INPUT0", ROWS.astype(np.int32), "INT32"), pair()[1]]))
call("too many rows", lambda: infer_refused(inputs=pair(np.ones((9, 4), np.float32)), request_id="rows"))
call("unequal rows", lambda: infer_refused(inputs=[pair()[0], pair(np.ones((1, 4), np.float32))[1]]))
call("missing input", lambda: infer_refused(inputs=pair()[:1]))
call("unknown input", lambda: infer_refused(inputs=[*pair(), tensor("INPUT2", ROWS)]))
call("unknown output", lambda: infer_refused(outputs=wanted("OUTPUT9")))
call("unknown model", lambda: infer_refused("nobody"))
call("unknown version", lambda: infer_refused(model_version="7"))
call("decoupled model", lambda: infer_refused("repeat", [tensor("COUNT", np.array([2], np.int32), "INT32")]))
for how in ("refuse", "unavailable", "raise"):
    call(f"the model fails: {how}", lambda: infer_refused("fail", [tensor("HOW", np.array([how.encode()], np.object_), "BYTES")]))
call("after the faults", infer)
call("statistics of one", lambda: shape_of(client.get_inference_statistics("add_sub")))


# The repository: unloading is done some time after its answer.
def until_unloaded(model):
    for _ in range(300):
        entry = next(entry for entry in client.get_model_repository_index() if entry["name"] == model)
        if entry.get("reason") == "unloaded":
            return entry
        gevent.sleep(0.05)
    raise TimeoutError(f"{model} is still {entry}")


def index():
    return sorted(client.get_model_repository_index(), key=lambda entry: entry["name"])


call("index", index)
call("unload", lambda: client.unload_model("spare"))
call("unloaded in the index", lambda: until_unloaded("spare"))
call("unloaded: ready", lambda: client.is_model_ready("spare"))
call("unloaded: infer", lambda: infer_refused("spare"))
call("load", lambda: client.load_model("spare"))
call("loaded: ready", lambda: client.is_model_ready("spare"))
call("loaded: infer", lambda: infer("spare"))
CONFIG = '{"name": "spare", "backend": "python", "max_batch_size": 2, "input": [%s], "output": [%s]}' % tuple(
    ", ".join(f'{{"name": "{kind}{n}", "data_type": "TYPE_FP32", "dims": [4]}}' for n in (0, 1)) for kind in ("INPUT", "OUTPUT"))
call("load with another config", lambda: client.load_model("spare", config=CONFIG))
call("its config", lambda: client.get_model_config("spare"))
call("its limit", lambda: infer_refused("spare", pair(np.ones((3, 4), np.float32))))
call("load as before", lambda: client.load_model("spare"))
call("load unknown", lambda: refused(InferenceServerException, lambda: client.load_model("nobody")))
call("unload unknown", lambda: client.unload_model("nobody"))
call("index at the end", index)
client.close()
