# What does an HTTP/1.1 answer look like on the wire? Sockets without a library between, so that nothing is hidden.
import json
import socket
import time

from report import http_host, http_port

CALL_LIMIT_S = 30
EARLY_S = 1  # between the first event and the last; the models of the suite take 2 s
# A proxy has its own connections, its own framing and its own clock: these fields are between neighbours (RFC 9110 7.6.1).
NOT_END_TO_END = {"connection", "keep-alive", "date", "transfer-encoding"}
HOST = b"Host: runtime.test\r\n"


class Wire:
    """One connection; requests are bytes, answers are parsed with nothing thrown away."""

    def __init__(self):
        self.socket = socket.create_connection((http_host, http_port), timeout=CALL_LIMIT_S)
        self.input = self.socket.makefile("rb")

    def send(self, *parts):
        for part in parts:
            self.socket.sendall(part)
        return self

    def head(self):
        status_line = self.input.readline()
        if not status_line:
            return None
        _, status, *_ = status_line.split(b" ", 2)
        fields = []
        while (line := self.input.readline().rstrip(b"\r\n")) != b"":
            name, value = line.split(b":", 1)
            fields.append((name.decode("latin-1"), value.strip().decode("latin-1")))
        return int(status), fields

    def chunks(self):
        while (size := int(self.input.readline().split(b";")[0], 16)) > 0:
            yield self.input.read(size)
            self.input.readline()
        while self.input.readline().rstrip(b"\r\n"):
            pass  # trailer fields

    def pieces(self, lower):
        """The body as it comes; which framing is used is each sender's own choice."""
        if "chunked" in lower.get("transfer-encoding", ""):
            yield from self.chunks()
        elif "content-length" in lower:
            yield self.input.read(int(lower["content-length"]))
        else:
            yield self.input.read()

    def answer(self, method="POST"):
        """The final answer; 1xx before it are listed."""
        interim = []
        while (head := self.head()) is not None and head[0] < 200:
            interim.append(head[0])
        if head is None:
            return {"closed": True, "interim": interim}
        status, fields = head
        lower = {name.lower(): value for name, value in fields}
        body = b"" if method == "HEAD" or status in (204, 304) else b"".join(self.pieces(lower))
        # With a body its length is framing, and the body itself is compared; without one it is the only word about it.
        hidden = NOT_END_TO_END | (set() if method == "HEAD" else {"content-length"})
        shown = [(name, value) for name, value in fields if name.lower() not in hidden]
        return {"status": status, "fields": shown, "body": body, **({"interim": interim} if interim else {})}

    def close(self):
        self.input.close()
        self.socket.close()


def request(method, path, body=b"", fields=b"", length=True):
    """The bytes of a request; `fields` are whole lines."""
    framing = b"Content-Length: %d\r\n" % len(body) if length and (body or method == "POST") else b""
    return f"{method} {path} HTTP/1.1\r\n".encode("latin-1") + HOST + fields + framing + b"\r\n" + body


def exchange(method, path, body=b"", fields=b"", times=1):
    """The same request `times` times on one connection; a plain list of answers when more than one."""
    wire = Wire()
    try:
        answers = [wire.send(request(method, path, body, fields)).answer(method) for _ in range(times)]
    finally:
        wire.close()
    return answers[0] if times == 1 else answers


def pipeline(steps, fields=b""):
    """Requests of (method, path, body), all sent before the first answer is read."""
    wire = Wire().send(b"".join(request(*step, fields) for step in steps))
    answers = [wire.answer(method) for method, *_ in steps]
    wire.close()
    return answers


def chunked(parts):
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def infer_json(shape, values, names=("INPUT0", "INPUT1"), datatype="FP32", **more):
    inputs = [{"name": name, "shape": shape, "datatype": datatype, "data": values} for name in names]
    return json.dumps({**more, "inputs": inputs}).encode()


def events(path, body, fields=b"Content-Type: application/json\r\n"):
    """A stream of server-sent events: its answer, and whether the first came well before the last."""
    wire = Wire().send(request("POST", path, body, fields))
    status, answer_fields = wire.head()
    lower = {name.lower(): value for name, value in answer_fields}
    arrivals, text = [], b""
    for chunk in wire.pieces(lower):
        arrivals += [time.monotonic()] * chunk.count(b"\n\n")
        text += chunk
    wire.close()
    early = bool(arrivals) and arrivals[-1] - arrivals[0] > EARLY_S
    return {"status": status, "type": lower.get("content-type"), "text": text, "the first was early": early}
