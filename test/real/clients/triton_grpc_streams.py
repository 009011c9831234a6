# Streams of gRPC before Triton: order, decoupled models, errors in band and as a status, cancellation, slow responses.
import asyncio
import queue
import time

import numpy as np
import tritonclient.grpc as triton
import tritonclient.grpc.aio as triton_aio
from google.protobuf.json_format import MessageToDict
from report import call, error_of, grpc_address
from tritonclient.utils import InferenceServerException

STREAM_LIMIT_S = 30
ROWS = np.arange(8, dtype=np.float32).reshape(2, 4)


def tensor(name, values, datatype="FP32"):
    made = triton.InferInput(name, list(values.shape), datatype)
    made.set_data_from_numpy(values)
    return made


def pair(rows=ROWS):
    return [tensor("INPUT0", rows), tensor("INPUT1", np.ones_like(rows))]


def counting(count, delay_ms=0):
    return [tensor("COUNT", np.array([count], np.int32), "INT32"), tensor("DELAY_MS", np.array([delay_ms], np.int32), "INT32")]


def told(result, error):
    """One message of a stream. How often other requests were cancelled before is not this one's business."""
    if error is not None:
        return error_of(error)
    head = result.get_response()
    names = [output.name for output in head.outputs if output.name != "CANCELLED_BEFORE"]
    return {"id": head.id, "parameters": MessageToDict(head)["parameters"], "values": {name: result.as_numpy(name) for name in names}}


class Stream:
    """One ModelStreamInfer call; messages are taken in the order of their arrival."""

    def __init__(self, **options):
        self.client = triton.InferenceServerClient(grpc_address)
        self.messages = queue.SimpleQueue()
        self.client.start_stream(lambda result, error: self.messages.put((result, error)), stream_timeout=STREAM_LIMIT_S, **options)

    def send(self, model, inputs, **options):
        self.client.async_stream_infer(model, inputs, **options)
        return self

    def take(self, count):
        return [told(*self.messages.get(timeout=STREAM_LIMIT_S)) for _ in range(count)]

    def close(self, cancel=False):
        self.client.stop_stream(cancel_requests=cancel)
        return [told(*self.messages.get_nowait()) for _ in range(self.messages.qsize())]


def in_order():
    stream = Stream()
    for index in range(8):
        stream.send("add_sub", pair(ROWS + index), request_id=str(index))
    return [stream.take(8), stream.close()]


def decoupled(count, final=False, **options):
    stream = Stream(**options)
    stream.send("repeat", counting(count), request_id="r", enable_empty_final_response=final)
    return [stream.take(count + final), stream.close()]


def two_streams():
    streams = [Stream() for _ in range(2)]
    for index, stream in enumerate(streams):
        stream.send("repeat", counting(6, 20), request_id=str(index))
    return [[stream.take(6), stream.close()] for stream in streams]


def error_in_band():
    stream = Stream().send("nobody", pair(), request_id="lost").send("add_sub", pair(ROWS[:, :3])).send("add_sub", pair(), request_id="good")
    return [stream.take(3), stream.close()]


def error_as_status():
    stream = Stream(headers={"triton_grpc_error": "true"}).send("fail", [tensor("HOW", np.array([b"refuse"], np.object_), "BYTES")])
    return [stream.take(1), stream.close()]


def arrives_at_once():
    """The first of three responses, half a second apart, is there long before the last is made."""
    stream = Stream().send("repeat", counting(3, 500))
    arrivals = []
    for _ in range(3):
        stream.take(1)
        arrivals.append(time.monotonic())
    stream.close()
    return {"the first was early": arrivals[2] - arrivals[0] > 0.7, "the second too": arrivals[2] - arrivals[1] > 0.3}


def cancelled_so_far():
    stream = Stream().send("repeat", counting(1))
    result, error = stream.messages.get(timeout=STREAM_LIMIT_S)
    stream.close()
    if error is not None:
        raise error
    return int(result.as_numpy("CANCELLED_BEFORE")[0])


def cancelled_stream():
    before = cancelled_so_far()
    stream = Stream().send("repeat", counting(200, 100), request_id="long")
    first = stream.take(1)
    left = stream.close(cancel=True)[-1:]  # how many came before the cancellation differs, how it ended does not
    started = time.monotonic()
    return {"first": first, "left": left, "the model stopped": cancelled_so_far() > before, "at once": time.monotonic() - started < 5}


def timed_out_stream():
    client = triton.InferenceServerClient(grpc_address)
    messages = queue.SimpleQueue()
    client.start_stream(lambda result, error: messages.put((result, error)), stream_timeout=1)
    client.async_stream_infer("repeat", counting(2, 2_500))
    seen = [told(*messages.get(timeout=STREAM_LIMIT_S)) for _ in range(2)]
    client.stop_stream()
    return [seen[0], seen[1].get("status")]  # the text is the client's own and depends on which of its timers is first


async def aio_stream():
    async def requests():
        for index in range(5):
            yield {"model_name": "repeat", "inputs": counting(index), "request_id": str(index), "enable_empty_final_response": True}

    async with triton_aio.InferenceServerClient(grpc_address) as client:
        return [told(*message) async for message in client.stream_infer(requests(), stream_timeout=STREAM_LIMIT_S)]


async def aio_unary():
    async with triton_aio.InferenceServerClient(grpc_address) as client:
        results = await asyncio.gather(*(client.infer("add_sub", pair(ROWS + n), request_id=str(n)) for n in range(24)))
        return [told(result, None) if result.get_response().parameters else result.as_numpy("OUTPUT0") for result in results]


async def aio_calls():
    async with triton_aio.InferenceServerClient(grpc_address) as client:
        seen = [await client.is_server_ready(), await client.get_model_metadata("add_sub", as_json=True)]
        for model, inputs, limit_s in [("nobody", pair(), 20), ("slow", [tensor("DELAY_MS", np.array([5000], np.int32), "INT32")], 0.4)]:
            try:
                await client.infer(model, inputs, client_timeout=limit_s)
            except InferenceServerException as error:
                seen.append(error_of(error))
        return seen


call("eight requests, in order", in_order)
call("decoupled: five responses", lambda: decoupled(5))
call("decoupled: none but the final one", lambda: decoupled(0, final=True))
call("decoupled: five and a final one", lambda: decoupled(5, final=True))
call("decoupled: 500 responses", lambda: decoupled(500))
call("decoupled, compressed", lambda: decoupled(3, compression_algorithm="gzip"))
call("two streams at once", two_streams)
call("errors in band, the stream goes on", error_in_band)
call("an error as the status", error_as_status)
call("responses arrive as they are made", arrives_at_once)
call("a cancelled stream", cancelled_stream)
call("a stream beyond its deadline", timed_out_stream)
call("an empty stream", lambda: Stream().close())
call("aio: a stream", lambda: asyncio.run(aio_stream()))
call("aio: 24 unary calls at once", lambda: asyncio.run(aio_unary()))
call("aio: health, metadata, errors", lambda: asyncio.run(aio_calls()))
