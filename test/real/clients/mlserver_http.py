# REST before MLServer: tritonclient, its validation errors, and the connections it closes without a word.
import gzip
import time

import numpy as np
import tritonclient.http as triton
import urllib3
from report import call, direct, http_address, http_host, http_port, refused
from tritonclient.utils import InferenceServerException
from wire import Wire, exchange, infer_json, pipeline, request

client = triton.InferenceServerClient(http_address, connection_timeout=10.0, network_timeout=30.0)
pool = urllib3.HTTPConnectionPool(http_host, http_port, timeout=30, retries=False)
INFER = "/v2/models/sum/infer"
JSON = b"Content-Type: application/json\r\n"
GOOD = infer_json([2, 2], [1, 2, 3, 4.5], ["x"], id="m-1")
LARGE = infer_json([1000], list(range(1000)), ["x"], id="large")
RAISES = infer_json([1], [-1], ["x"], id="m-2")


def post(name, body, fields=JSON, path=INFER):
    call(name, lambda: exchange("POST", path, body, fields))


def by_pool(body):
    """One call on the kept connection. The server closes its own at times of its choosing: only a proxy's can be kept."""
    headers = {"Connection": "close"} if direct else {}
    answer = pool.request("POST", INFER, body=body, headers={"Content-Type": "application/json", **headers})
    return {"status": answer.status, "type": answer.headers.get("content-type"), "body": answer.data}


def infer(**options):
    tensor = triton.InferInput("x", [2, 2], "FP32")
    tensor.set_data_from_numpy(np.array([[1, 2], [3, 4.5]], np.float32), binary_data=False)
    output = triton.InferRequestedOutput("sum", binary_data=False)
    result = client.infer(options.pop("model", "sum"), [tensor], outputs=[output], request_id="t-1", **options)
    return {"head": result.get_response(), "values": result.as_numpy("sum")}


def unzipped():
    """Its gzip header carries the time of day."""
    answer = exchange("POST", INFER, LARGE, JSON + b"Accept-Encoding: gzip\r\n")
    return {**answer, "body": gzip.decompress(answer["body"])}


def parallel(count):
    wires = [Wire().send(request("POST", INFER, GOOD, JSON)) for _ in range(count)]
    statuses = [wire.answer()["status"] for wire in wires]
    for wire in wires:
        wire.close()
    return statuses


def leave():
    Wire().send(request("POST", INFER, GOOD, JSON)[:-4]).close()


call("tritonclient: live and ready", lambda: [client.is_server_live(), client.is_server_ready(), client.is_model_ready("sum")])
call("tritonclient: metadata", lambda: [client.get_server_metadata(), client.get_model_metadata("sum")])
call("tritonclient: infer", infer)
call("tritonclient: infer of a version", lambda: infer(model_version="v1"))
call("tritonclient: gzip request", lambda: infer(request_compression_algorithm="gzip"))
call("tritonclient: unknown model", lambda: refused(InferenceServerException, lambda: infer(model="nobody")))

for path in ("/v2", "/v2/health/live", "/v2/health/ready", "/v2/models/sum", "/v2/models/sum/ready", "/v2/models/sum/versions/v1/ready",
             "/v2/models/nobody/ready", "/v2/models/nobody", "/nothing", "/v2/docs/dataplane.json"):
    call(f"GET {path}", lambda: exchange("GET", path))
call("HEAD of metadata", lambda: exchange("HEAD", "/v2"))
post("infer", GOOD)
post("infer without an id", infer_json([1], [1], ["x"]))
post("infer without Content-Type", GOOD, b"")
post("infer of an unknown version", GOOD, path="/v2/models/sum/versions/9/infer")
post("exact integers", infer_json([2], [2**53 + 1, 2**62], ["x"], "INT64"))
post("a CloudEvent", GOOD, JSON + b"ce-id: 1\r\nce-source: test\r\nce-type: t\r\nce-specversion: 1.0\r\n")
post("422: malformed JSON", b'{"inputs": [')
post("422: no inputs", b"{}")
post("422: numeric id", infer_json([1], [1], ["x"], id=7))
post("422: NaN", infer_json([1], [float("nan")], ["x"]))
post("422: a form", GOOD, b"Content-Type: application/x-www-form-urlencoded\r\n")
post("422: an index without a body", b"", path="/v2/repository/index")
post("index", b"{}", path="/v2/repository/index")
post("gzip", gzip.compress(GOOD, mtime=0), JSON + b"Content-Encoding: gzip\r\n")
post("an unknown coding is ignored", GOOD, JSON + b"Content-Encoding: zz\r\n")
post("a large answer", LARGE)
call("a large answer, gzip", unzipped)
post("500: the model raises", RAISES)
post("500: short data", infer_json([3], [1], ["x"]))
post("after it", GOOD)

call("unload, ready, infer, load, infer", lambda: [exchange(*step) for step in (
    ("POST", "/v2/repository/models/sum/unload"), ("GET", "/v2/models/sum/ready"), ("POST", INFER, GOOD, JSON),
    ("POST", "/v2/repository/models/sum/load"), ("POST", INFER, GOOD, JSON), ("POST", "/v2/repository/models/nobody/load"))])

# uvicorn closes the connection after an uncaught exception without saying so, and idle ones after 5 s.
call("a 500 and then a 200, twenty times", lambda: [[by_pool(body)["status"] for body in (RAISES, GOOD)] for _ in range(20)])
call("a 500, then five calls at once", lambda: [by_pool(RAISES)["status"], *parallel(5)])
call("urllib3: infer", lambda: by_pool(GOOD))
call("urllib3: infer again after more than 5 s", lambda: time.sleep(5.3) or by_pool(GOOD))
call("urllib3: infer again at about 5 s", lambda: time.sleep(4.97) or by_pool(GOOD))
call("HEAD, then GETs", lambda: [exchange(method, "/v2") for method in ("HEAD", "GET", "HEAD", "GET", "GET")])
call("five pipelined", lambda: pipeline([("GET", "/v2", b""), ("POST", INFER, GOOD), ("HEAD", "/v2", b""),
    ("POST", "/v2/models/nobody/infer", GOOD), ("POST", INFER, LARGE)], JSON))
call("a client that leaves", lambda: [leave(), by_pool(GOOD)])
