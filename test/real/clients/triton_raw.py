# Raw HTTP/1.1 before Triton: every byte of the answer, its end-to-end fields in order, and odd but legal requests.
import gzip
import json
import struct
import time
import zlib

import urllib3
from report import call, http_host, http_port
from wire import Wire, chunked, events, exchange, infer_json, request

GOOD = infer_json([1, 4], [1, 2, 3, 4.5], id="raw-1")
ADD_SUB = "/v2/models/add_sub/infer"
JSON = b"Content-Type: application/json\r\n"
BYTES_PART = struct.pack("<4f", 1, 2, 3, 4)


def post(name, body, fields=JSON, path=ADD_SUB):
    call(name, lambda: exchange("POST", path, body, fields))


def binary(header_length=None, blob=BYTES_PART):
    head = json.dumps({"inputs": [
        {"name": "INPUT0", "shape": [1, 4], "datatype": "FP32", "parameters": {"binary_data_size": 16}},
        {"name": "INPUT1", "shape": [1, 4], "datatype": "FP32", "data": [1, 1, 1, 1]}],
        "outputs": [{"name": "OUTPUT0", "parameters": {"binary_data": True}}, {"name": "OUTPUT1"}]}).encode()
    length = len(head) if header_length is None else header_length
    return head + blob, f"Inference-Header-Content-Length: {length}\r\n".encode()


# Answers without a body, methods, paths.
for path in ("/v2", "/v2/", "/v2/health/live", "/v2/health/ready", "/v2/models/add_sub", "/v2/models/add_sub/ready",
             "/v2/models/add_sub/versions/1", "/v2/models/add_sub/versions/x", "/v2/models/nobody/ready", "/", "/nothing",
             "/v2/models/add%5Fsub/ready", "/v2/models/a%20b%2Fc/ready", "/v2//health/live", "/v2/./health/live", "/v2/x/../health/live",
             "/v2/health/live?a=b&a=c%20d&e", "/v2/health/live?", "/v2/models/%E6%97%A5/ready", "/v2/models/a;b=c,d/ready"):
    call(f"GET {path}", lambda: exchange("GET", path))
call("HEAD of metadata", lambda: exchange("HEAD", "/v2"))
# Triton answers HEAD with 405 and sends the text of the error after it: nobody may take that for the next answer.
call("HEAD, then GETs", lambda: [exchange(method, "/v2/models/add_sub") for method in ("HEAD", "GET", "HEAD", "GET", "GET")])
for method in ("PUT", "DELETE", "OPTIONS", "PATCH"):
    call(f"{method} of infer", lambda: exchange(method, ADD_SUB))
call("GET of infer", lambda: exchange("GET", ADD_SUB))
call("POST of metadata", lambda: exchange("POST", "/v2", b"{}"))


# Bodies.
post("a good one", GOOD)
post("no Content-Type", GOOD, b"")
post("Content-Type of a form", GOOD, b"Content-Type: application/x-www-form-urlencoded\r\n")
post("binary input, binary and JSON output", *binary())
post("binary part too short", *binary(blob=BYTES_PART[:-1]))
post("binary part too long", *binary(blob=BYTES_PART + b"x"))
for length in ("7", "99999", "-1", "abc", "99999999999", ""):
    post(f"Inference-Header-Content-Length {length!r}", *binary(header_length=length))
post("a raw body", BYTES_PART, b"Inference-Header-Content-Length: 0\r\n", "/v2/models/tokens/infer")
post("malformed JSON", b'{"inputs": [')
post("no inputs", b"{}")
post("an empty body", b"")
post("id is a number", infer_json([1, 4], [1, 2, 3, 4], id=7))
post("data shorter than shape", infer_json([1, 4], [1, 2, 3]))
post("wrong datatype", infer_json([1, 4], [1, 2, 3, 4], datatype="INT32"))
post("negative shape", infer_json([-1, 4], [1, 2, 3, 4]))
post("NaN and Infinity", infer_json([1, 4], [float("nan"), float("inf"), -0.0, 1e-45]))
post("1e400", GOOD.replace(b"4.5", b"1e400"))
post("duplicate keys", GOOD.replace(b'"id"', b'"id": "first", "id"'))
post("exact integers", infer_json([3], [2**53 + 1, -(2**63), 2**63 - 1], ["IN_INT64"], "INT64"), path="/v2/models/identity/infer")
post("a surrogate half", infer_json([1], ["\ud83d"], ["IN_STRING"], "BYTES"), path="/v2/models/identity/infer")
post("FP16 as JSON", infer_json([1], [1], ["IN_FP16"], "FP16"), path="/v2/models/identity/infer")
NO_UTF8 = b'{"inputs": [{"name": "IN_STRING", "shape": [1], "datatype": "BYTES", "parameters": {"binary_data_size": 6}}]}'
post("bytes that are no UTF-8 come back raw", NO_UTF8 + b"\x02\x00\x00\x00\xff\xfe",
     b"Inference-Header-Content-Length: %d\r\n" % len(NO_UTF8), "/v2/models/identity/infer")
post("unknown model", GOOD, path="/v2/models/nobody/infer")
post("unknown version", GOOD, path="/v2/models/add_sub/versions/7/infer")
post("the model fails", infer_json([1], ["refuse"], ["HOW"], "BYTES"), path="/v2/models/fail/infer")
post("the model raises", infer_json([1], ["raise"], ["HOW"], "BYTES"), path="/v2/models/fail/infer")
post("index", b'{"ready": true}', path="/v2/repository/index")
post("a model name that leaves the repository", b"", path="/v2/repository/models/..%2Fx/load")

# Content codings.
post("gzip", gzip.compress(GOOD, mtime=0), JSON + b"Content-Encoding: gzip\r\n")
post("gzip in two members", gzip.compress(GOOD[:20], mtime=0) + gzip.compress(GOOD[20:], mtime=0), JSON + b"Content-Encoding: gzip\r\n")
post("deflate", zlib.compress(GOOD), JSON + b"Content-Encoding: deflate\r\n")
post("gzip that is none", GOOD, JSON + b"Content-Encoding: gzip\r\n")
post("br", GOOD, JSON + b"Content-Encoding: br\r\n")
for accepted in (b"gzip", b"deflate", b"gzip;q=0.5, deflate;q=0.9", b"br", b"*"):
    post(f"Accept-Encoding {accepted.decode()}", GOOD, JSON + b"Accept-Encoding: " + accepted + b"\r\n")

# Framing.
def framed(*parts, answers=1, fields=b"", line=b"POST " + ADD_SUB.encode() + b" HTTP/1.1\r\n"):
    wire = Wire().send(line + b"Host: runtime.test\r\n" + JSON + fields, *parts)
    seen = [wire.answer() for _ in range(answers)]
    wire.close()
    return seen


CHUNKED = b"Transfer-Encoding: chunked\r\n"
call("chunked, one chunk", lambda: framed(b"\r\n" + chunked([GOOD]), fields=CHUNKED))
call("chunked, a byte each", lambda: framed(b"\r\n" + chunked([GOOD[i:i + 1] for i in range(len(GOOD))]), fields=CHUNKED))
call("chunked, sent in pieces", lambda: framed(b"\r\n", *[part for i in range(0, len(GOOD), 40) for part in (
    b"%x\r\n" % len(GOOD[i:i + 40]), GOOD[i:i + 40], b"\r\n")], b"0\r\n\r\n", fields=CHUNKED))
call("large and chunked", lambda: framed(b"\r\n" + chunked([infer_json(
    [200_000], [0.25] * 200_000, ["IN_FP64"], "FP64")]), fields=CHUNKED, line=b"POST /v2/models/identity/infer HTTP/1.1\r\n"))


def expect():
    """The body is held back until the server asks for it."""
    wire = Wire().send(request("POST", ADD_SUB, b"", JSON + b"Expect: 100-continue\r\nContent-Length: %d\r\n" % len(GOOD), length=False))
    asked = wire.head()
    answer = wire.send(GOOD).answer()
    wire.close()
    return [asked[0], answer]


call("Expect: 100-continue", expect)
call("two pipelined", lambda: framed(b"Content-Length: %d\r\n\r\n" % len(GOOD), GOOD + request("POST", ADD_SUB, GOOD, JSON), answers=2))


call("fifty on one connection", lambda: exchange("POST", ADD_SUB, GOOD, JSON, times=50))
call("HTTP/1.0", lambda: framed(b"Content-Length: %d\r\n\r\n" % len(GOOD), GOOD, line=b"POST " + ADD_SUB.encode() + b" HTTP/1.0\r\n"))
call("Connection: close", lambda: framed(b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(GOOD), GOOD, answers=2))
call("many fields", lambda: exchange("POST", ADD_SUB, GOOD, JSON + b"".join(b"X-Field-%d: %d\r\n" % (i, i) for i in range(60))))
call("the head byte by byte", lambda: framed(*[
    bytes([byte]) for byte in b"Content-Length: %d\r\n\r\n" % len(GOOD)], GOOD))

# generate and generate_stream.
WORDS = b'{"text_input": "one two three", "delay_ms": 1000}'
post("generate, one word", b'{"text_input": "one"}', path="/v2/models/tokens/generate")
post("generate, three words", b'{"text_input": "one two three"}', path="/v2/models/tokens/generate")
post("generate without its input", b"{}", path="/v2/models/tokens/generate")
call("generate_stream: the first event comes before the last is made", lambda: events("/v2/models/tokens/generate_stream", WORDS))
call("generate_stream of one", lambda: events("/v2/models/tokens/generate_stream", b'{"text_input": "one"}'))
post("generate_stream of an unknown model", b'{"text_input": "one"}', path="/v2/models/nobody/generate_stream")


def leave():
    """A client that leaves in the middle of a stream and one that leaves while waiting: the next ones are served."""
    wire = Wire().send(request("POST", "/v2/models/tokens/generate_stream", b'{"text_input": "one two three", "delay_ms": 200}', JSON))
    first = next(wire.chunks() if wire.head() else iter(()))
    wire.close()
    Wire().send(request("POST", "/v2/models/slow/infer", infer_json([1], [200], ["DELAY_MS"], "INT32"), JSON)).close()
    time.sleep(0.1)
    return [first, exchange("POST", ADD_SUB, GOOD, JSON, times=3)]


call("clients that leave", leave)

# urllib3, as requests and many SDKs use it.
pool = urllib3.HTTPConnectionPool(http_host, http_port, timeout=30, retries=False)


def by_urllib3(method, path, **options):
    answer = pool.request(method, path, **options)
    return {"status": answer.status, "body": answer.data}


call("urllib3: JSON", lambda: by_urllib3("POST", ADD_SUB, body=GOOD))
call("urllib3: gzip", lambda: by_urllib3("POST", ADD_SUB, body=GOOD, headers=urllib3.make_headers(accept_encoding=True)))
call("urllib3: a generator as body", lambda: by_urllib3("POST", ADD_SUB, body=iter([GOOD[:9], GOOD[9:]]), chunked=True))
call("urllib3: statistics", lambda: sorted(pool.request("GET", "/v2/models/add_sub/stats").json()["model_stats"][0]))
