# gRPC before KServe's Python server: InferenceGRPCClient, statuses, metadata, concurrency.
import asyncio

import grpc
import numpy as np
from report import call, error_of, grpc_address

from kserve import InferenceGRPCClient, InferInput, InferRequest  # noqa: I001


def tensors(values, model="doubler", name="x", id="g"):
    array = np.array(values, np.float32)
    tensor = InferInput(name, list(array.shape), "FP32")
    tensor.set_data_from_numpy(array, binary_data=True)
    return InferRequest(model_name=model, infer_inputs=[tensor], request_id=id)


async def infer(client, values=((1, 2.5),), **options):
    answer = await client.infer(tensors(values, **options), headers=[("x-tenant", "one")])
    return {"id": answer.id, "outputs": [[one.name, one.datatype, one.shape, one.as_numpy()] for one in answer.outputs]}


async def refused(waiting):
    try:
        return {"not refused": await waiting}
    except grpc.RpcError as error:
        return {**error_of(error), "trailers": sorted(key for key, _ in error.trailing_metadata())}


async def at_once(client):
    return await asyncio.gather(*(infer(client, ((n,),), id=str(n)) for n in range(24)))


async def plain_call(method, message=b""):
    async with grpc.aio.insecure_channel(grpc_address) as channel:
        return await channel.unary_unary(method, request_serializer=bytes, response_deserializer=bytes)(message, timeout=30)


def run(name, function):
    async def with_client():
        async with InferenceGRPCClient(grpc_address, timeout=30, channel_args=[("grpc.enable_retries", 0)]) as client:
            return await function(client)

    call(name, lambda: asyncio.run(with_client()))


SERVICE = "/inference.GRPCInferenceService/"
run("ready", lambda client: client.is_server_ready())
run("live", lambda client: client.is_server_live())
run("model ready", lambda client: client.is_model_ready("doubler"))
run("unknown model ready", lambda client: refused(client.is_model_ready("nobody")))
run("infer", infer)
run("infer, large", lambda client: infer(client, np.ones((500, 400))))
run("larger than the server takes", lambda client: refused(infer(client, np.ones((2500, 1000)))))
run("24 at once", at_once)
run("unknown model", lambda client: refused(infer(client, model="nobody")))
run("the model raises", lambda client: refused(infer(client, ((-1,),))))
run("after the faults", infer)
run("server metadata", lambda _: plain_call(SERVICE + "ServerMetadata"))
run("model metadata", lambda _: plain_call(SERVICE + "ModelMetadata", b"\x0a\x07doubler"))
run("streams are not there", lambda _: refused(plain_call(SERVICE + "ModelStreamInfer")))
run("unknown method", lambda _: refused(plain_call(SERVICE + "Nothing")))
