# Where do the events go? A sink of CloudEvents for the example: it takes them, counts them, and shows the last ones.
# Python's standard library alone; yours may be any HTTP server that answers 2xx.
import argparse
import base64
import collections
import datetime
import http.server
import json
import signal
import sys
import threading
import time

SHOWN = 50  # events on the page
PRINTED_A_SECOND = 5  # of a flood the log keeps the first ones
DATA_CHARACTERS = 120

PAGE = "GET /metrics for Prometheus, POST events to any path. Since start:\n\n"


class Events:
    """What has come: counts, and the last few."""

    def __init__(self):
        self.lock = threading.Lock()
        self.counts = collections.Counter()
        self.posts = 0
        self.last = collections.deque(maxlen=SHOWN)
        self.second = 0
        self.printed = 0

    def add(self, events):
        now = datetime.datetime.now().strftime("%H:%M:%S.%f")[:-3]
        with self.lock:
            self.posts += 1
            for event in events:
                self.counts[str(event.get("type"))] += 1
                self.last.append(f"{now} {line_of(event)}")
                self.print_some()

    def print_some(self):
        second = int(time.monotonic())
        if second != self.second:
            self.second, self.printed = second, 0
        self.printed += 1
        if self.printed <= PRINTED_A_SECOND:
            print(self.last[-1])
        elif self.printed == PRINTED_A_SECOND + 1:
            print("... and more in this second")

    def page(self):
        with self.lock:
            counts = [f"{count:10} {kind}\n" for kind, count in sorted(self.counts.items())]
            return PAGE + "".join(counts) + "\n" + "\n".join(reversed(self.last)) + "\n"

    def metrics(self):
        with self.lock:
            lines = ["# TYPE example_sink_posts_total counter", f"example_sink_posts_total {self.posts}"]
            lines.append("# TYPE example_sink_events_total counter")
            lines += [f"example_sink_events_total{{type={json.dumps(kind)}}} {n}" for kind, n in self.counts.items()]
        return "\n".join(lines) + "\n"


def line_of(event):
    data = event["data_base64"] if "data_base64" in event else json.dumps(event.get("data"))
    kind = str(event.get("type")).rpartition(".")[2]
    shared = f" [{event['batchrows']} rows in its call]" if "batchrows" in event else ""
    return f"{kind:8} {event.get('id')} {event.get('modelname', '')}{shared} {data[:DATA_CHARACTERS]}"


def events_of(headers, body):
    """The events of one POST, in any of the three ways that CloudEvents travel."""
    content = headers.get_content_type()
    if content == "application/cloudevents-batch+json":
        return json.loads(body)
    if content == "application/cloudevents+json":
        return [json.loads(body)]
    attributes = {name.lower()[3:]: value for name, value in headers.items() if name.lower().startswith("ce-")}
    if "type" not in attributes:
        raise ValueError("no CloudEvent")
    return [{**attributes, **payload_of(content, body)}]


def payload_of(content, body):
    try:
        return {"data": json.loads(body)} if content == "application/json" else {"data": body.decode()}
    except ValueError:
        return {"data_base64": base64.b64encode(body).decode()}


class Sink(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections are kept
    disable_nagle_algorithm = True
    events = Events()

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        try:
            self.events.add(events_of(self.headers, body))
        except (ValueError, AttributeError, TypeError) as error:
            return self.answer(400, f"{error}\n")
        return self.answer(202, "")

    def do_GET(self):
        pages = {"/": self.events.page, "/metrics": self.events.metrics, "/healthz": lambda: "ok\n"}
        page = pages.get(self.path)
        return self.answer(404, "not found\n") if page is None else self.answer(200, page())

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("content-type", "text/plain; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *arguments):
        """Events are printed; requests are not."""


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--host", default="")
    options.add_argument("--port", type=int, default=8088)
    chosen = options.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = http.server.ThreadingHTTPServer((chosen.host, chosen.port), Sink)
    server.daemon_threads = True
    print(f"listens on port {server.server_port}")
    server.serve_forever()


if __name__ == "__main__":
    main()
