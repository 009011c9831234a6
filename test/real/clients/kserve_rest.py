# REST before KServe's Python server: InferenceRESTClient of V1 and V2, raw V1 with its errors and CloudEvents.
import asyncio
import gzip

from report import call, error_of, http_address
from wire import exchange, infer_json

import httpx  # noqa: I001
import numpy as np
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig

BASE = f"http://{http_address}"
JSON = b"Content-Type: application/json\r\n"
PREDICT = "/v1/models/doubler:predict"
INFER = "/v2/models/doubler/infer"
EVENT = b"ce-id: 7\r\nce-source: test\r\nce-type: t\r\nce-specversion: 1.0\r\n"
GOOD = infer_json([1, 2], [1, 2.5], ["x"], id="k-1")


async def refused(waiting):
    try:
        return {"not refused": await waiting}
    except httpx.HTTPStatusError as error:
        return {"status": error.response.status_code, "body": error.response.content}
    except Exception as error:  # the client makes errors of its own of some answers
        return error_of(error)


def run(name, protocol, function):
    async def with_client():
        client = InferenceRESTClient(RESTConfig(protocol=protocol, timeout=30, retries=1))
        try:
            return await function(client)
        finally:
            await client.close()

    call(f"{protocol} client: {name}", lambda: asyncio.run(with_client()))


def tensors(binary, values=((1, 2.5),), datatype="FP32"):
    tensor = InferInput("x", list(np.shape(values)), datatype)
    tensor.set_data_from_numpy(np.array(values, np.float32), binary_data=binary)
    return InferRequest(model_name="doubler", infer_inputs=[tensor], request_id="k-2")


async def infer(client, request, **options):
    answer = await client.infer(BASE, request, model_name="doubler", **options)
    return {"id": answer.id, "outputs": [[one.name, one.datatype, one.shape, one.as_numpy()] for one in answer.outputs]}


async def at_once(client):
    return await asyncio.gather(*(client.infer(BASE, {"instances": [[n]]}, model_name="doubler") for n in range(20)))


run("ready, live, model", "v1", lambda client: refused(client.is_model_ready(BASE, "doubler")))
run("predict", "v1", lambda client: client.infer(BASE, {"instances": [[1, 2.5], [3]]}, model_name="doubler"))
run("20 at once", "v1", at_once)
run("unknown model", "v1", lambda client: refused(client.infer(BASE, {"instances": []}, model_name="nobody")))
run("explain without explainer", "v1", lambda client: refused(client.explain(BASE, "doubler", {"instances": [[1]]})))
run("server ready", "v2", lambda client: client.is_server_ready(BASE))
run("server live", "v2", lambda client: client.is_server_live(BASE))
run("model ready", "v2", lambda client: client.is_model_ready(BASE, "doubler"))
run("unknown model ready", "v2", lambda client: refused(client.is_model_ready(BASE, "nobody")))
run("infer JSON", "v2", lambda client: infer(client, tensors(False)))
run("infer binary", "v2", lambda client: infer(client, tensors(True)))
run("infer binary, large", "v2", lambda client: infer(client, tensors(True, np.ones((400, 300)))))
run("the model raises", "v2", lambda client: refused(client.infer(BASE, tensors(False, ((-1, 0),)), model_name="doubler")))


def post(name, path, body, fields=JSON):
    call(name, lambda: exchange("POST", path, body, fields))


for path in ("/", "/v1/models", "/v1/models/doubler", "/v1/models/nobody", "/v2", "/v2/health/live", "/v2/health/ready", "/v2/models",
             "/v2/models/doubler", "/v2/models/doubler/ready", "/v2/models/nobody", "/v2/models/doubler/versions/1", "/v2/models/doubler/config", "/nothing"):
    call(f"GET {path}", lambda: exchange("GET", path))
post("V1 predict", PREDICT, b'{"instances": [[1, 2.5], [9007199254740993]]}')
post("V1 with inputs for instances", PREDICT, b'{"inputs": [[1]]}')
post("V1: instances no list", PREDICT, b'{"instances": 1}')
post("V1: malformed", PREDICT, b'{"instances": [')
post("V1: unknown model", "/v1/models/nobody:predict", b'{"instances": [1]}')
post("V1: the model raises", PREDICT, b'{"instances": [-1]}')
post("V1: after it", PREDICT, b'{"instances": [1]}')
post("V1: a CloudEvent in binary mode", PREDICT, b'{"instances": [[1]]}', JSON + EVENT)
post("V1: a percent-encoded colon", "/v1/models/doubler%3Apredict", b'{"instances": [[1]]}')
post("V2 infer", INFER, GOOD)
post("V2 without Content-Type", INFER, GOOD, b"")
post("V2 malformed", INFER, b'{"inputs": [')
post("V2 bad datatype", INFER, infer_json([1], [1], ["x"], "FP9", id="x"))
post("V2 short data", INFER, infer_json([3], [1], ["x"], id="x"))
post("V2 of a version", "/v2/models/doubler/versions/1/infer", GOOD)
post("V2 gzip", INFER, gzip.compress(GOOD, mtime=0), JSON + b"Content-Encoding: gzip\r\n")
post("V2 unknown model", "/v2/models/nobody/infer", GOOD)
post("V2 load unknown", "/v2/repository/models/nobody/load", b"{}")
call("500 and 200 in turns", lambda: [exchange("POST", PREDICT, body, JSON)["status"] for body in (b'{"instances": [-1]}', b'{"instances": [1]}') * 10])
