# tritonclient.http.aio before Triton: the same protocol by another HTTP client (aiohttp), many calls at once.
import asyncio

import numpy as np
import tritonclient.http.aio as triton
from report import call, error_of, http_address
from tritonclient.utils import InferenceServerException

ROWS = np.arange(8, dtype=np.float32).reshape(2, 4)


def tensor(name, values, datatype="FP32", binary=True):
    made = triton.InferInput(name, list(values.shape), datatype)
    made.set_data_from_numpy(values, binary_data=binary)
    return made


def pair(rows=ROWS, binary=True):
    return [tensor("INPUT0", rows, binary=binary), tensor("INPUT1", np.ones_like(rows), binary=binary)]


def answer(result):
    head = result.get_response()
    return {"head": head, "values": {output["name"]: result.as_numpy(output["name"]) for output in head["outputs"]}}


async def infer(client, model="add_sub", inputs=None, **options):
    return answer(await client.infer(model, inputs or pair(), **options))


async def refused(waiting):
    try:
        return {"not refused": await waiting}
    except InferenceServerException as error:
        return error_of(error)


async def many(client):
    return await asyncio.gather(*(infer(client, inputs=pair(ROWS + index), request_id=str(index)) for index in range(24)))


async def disconnect(client):
    """Half of the calls are given up under way; those beside them and after them must not notice."""
    sleep = [tensor("DELAY_MS", np.array([400], np.int32), "INT32")]
    given_up = asyncio.ensure_future(client.infer("slow", sleep))
    others = asyncio.gather(*(infer(client) for _ in range(4)))
    await asyncio.sleep(0.1)
    given_up.cancel()
    await asyncio.wait([given_up])
    return [given_up.cancelled(), *(await others), (await infer(client))["head"]]


def run(name, function):
    """Each call has a client of its own, so that none inherits a connection of another."""

    async def with_client():
        async with triton.InferenceServerClient(http_address, conn_timeout=30) as client:
            return await function(client)

    call(name, lambda: asyncio.run(with_client()))


def output(binary):
    return [triton.InferRequestedOutput("OUTPUT1", binary_data=binary)]


run("ready", lambda client: client.is_server_ready())
run("server metadata", lambda client: client.get_server_metadata())
run("model metadata", lambda client: client.get_model_metadata("add_sub"))
run("model config", lambda client: client.get_model_config("add_sub"))
run("binary both ways", infer)
run("json both ways", lambda client: infer(client, inputs=pair(binary=False), outputs=output(False)))
run("gzip both ways", lambda client: infer(client, request_compression_algorithm="gzip", response_compression_algorithm="gzip"))
run("deflate request", lambda client: infer(client, request_compression_algorithm="deflate"))
run("24 at once", many)
run("a client that goes away", disconnect)
run("large", lambda client: infer(client, "identity", [tensor("IN_FP32", np.arange(700_000, dtype=np.float32))]))
run("unknown model", lambda client: refused(infer(client, "nobody")))
run("unknown version", lambda client: refused(infer(client, model_version="9")))
run("wrong shape", lambda client: refused(infer(client, inputs=[pair(ROWS[:1])[0], tensor("INPUT1", ROWS[:1, :3])])))
run("the model fails", lambda client: refused(
    infer(client, "fail", [tensor("HOW", np.array([b"refuse"], np.object_), "BYTES")])))
