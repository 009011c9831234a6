# What does batching bring? The same load twice: straight to Triton, then through Outrigger. Every answer is checked.
# Python's standard library alone:  docker compose run --rm load [--clients 32] [--seconds 10]
import argparse
import dataclasses
import http.client
import json
import math
import sys
import threading
import time
import urllib.parse
import urllib.request

TIMEOUT_S = 30
WARM_UP_S = 1  # not measured: connections are made, and Outrigger learns what a call costs


@dataclasses.dataclass
class Result:
    """Of one way; latencies in seconds, in order."""

    name: str
    seconds: float
    latencies: list
    failures: list
    rows_a_call: float


class Client(threading.Thread):
    """One connection that asks again as soon as it has its answer: one row each time, with numbers of its own."""

    def __init__(self, number, url, model, until):
        super().__init__(daemon=True)
        self.place, self.until = urllib.parse.urlsplit(url), until
        self.path = f"/v2/models/{model}/infer"
        row = [float(number), 1.0, 2.0, 3.0]
        self.total = sum(row)
        tensor = {"name": "INPUT", "datatype": "FP32", "shape": [1, 4], "data": row}
        self.body = json.dumps({"inputs": [tensor]}).encode()
        self.latencies, self.failures = [], []

    def run(self):
        connection = http.client.HTTPConnection(self.place.hostname, self.place.port, timeout=TIMEOUT_S)
        while time.monotonic() < self.until:
            started = time.monotonic()
            try:
                self.ask(connection)
                self.latencies.append(time.monotonic() - started)
            except (OSError, ValueError, http.client.HTTPException) as error:
                self.failures.append(f"{type(error).__name__}: {error}")
                connection.close()
                time.sleep(0.1)  # a runtime that is away is not hammered
        connection.close()

    def ask(self, connection):
        connection.request("POST", self.path, self.body, {"content-type": "application/json"})
        response = connection.getresponse()
        text = response.read()
        if response.status != 200:
            raise ValueError(f"{response.status} {text[:200]!r}")
        if json.loads(text)["outputs"][0]["data"] != [self.total]:
            raise ValueError(f"a wrong answer: {text[:200]!r}")


def ask_all(url, options, seconds):
    until = time.monotonic() + seconds
    clients = [Client(number, url, options.model, until) for number in range(options.clients)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return clients


def get_json(url):
    with urllib.request.urlopen(url, timeout=TIMEOUT_S) as response:
        return json.load(response)


def counted_by_triton(options):
    """Rows and calls so far, as Triton itself counts them."""
    stats = get_json(f"{options.direct}/v2/models/{options.model}/stats")["model_stats"]
    return sum(model["inference_count"] for model in stats), sum(model["execution_count"] for model in stats)


def measure(name, url, options):
    ask_all(url, options, WARM_UP_S)
    rows_before, calls_before = counted_by_triton(options)
    started = time.monotonic()
    clients = ask_all(url, options, options.seconds)
    seconds = time.monotonic() - started
    rows, calls = counted_by_triton(options)
    return Result(
        name=name,
        seconds=seconds,
        latencies=sorted(latency for client in clients for latency in client.latencies),
        failures=[failure for client in clients for failure in client.failures],
        rows_a_call=(rows - rows_before) / max(calls - calls_before, 1),
    )


def quantile_ms(latencies, share):
    """Nearest rank."""
    if not latencies:
        return math.nan
    return latencies[max(math.ceil(share * len(latencies)) - 1, 0)] * 1000


def show(result):
    rate = len(result.latencies) / result.seconds
    p50, p99 = (quantile_ms(result.latencies, share) for share in (0.5, 0.99))
    failed = len(result.failures)
    print(f"{result.name:18} {rate:11.0f} {p50:8.1f} {p99:8.1f} {result.rows_a_call:12.1f} {failed:7}")


def read_options():
    options = argparse.ArgumentParser()
    options.add_argument("--clients", type=int, default=32)
    options.add_argument("--seconds", type=float, default=10)
    options.add_argument("--model", default="slow_sum", help="takes INPUT, FP32 [rows, 4], and answers with their sums")
    options.add_argument("--direct", default="http://triton:8000")
    options.add_argument("--through", default="http://outrigger:9081")
    options.add_argument("--ops", default="http://outrigger:9089", help="the operator's port of Outrigger")
    return options.parse_args()


def main():
    options = read_options()
    print(f"{options.model}: {options.clients} clients, one row a request, {options.seconds:g} seconds each way\n")
    print(f"{'':18} requests/s   p50 ms   p99 ms  rows a call  failed")
    results = []
    for name, url in {"Triton alone": options.direct, "through Outrigger": options.through}.items():
        results.append(measure(name, url, options))
        show(results[-1])
    account = get_json(f"{options.ops}/status")["batching"]["models"].get(options.model, {})
    print(f"\nOutrigger's own account since its start ({options.ops}/status): {account.get('rowsPerBatch')} rows a batch,")
    print(f"{account.get('gain')} times less time of the runtime than one by one. Rows a call, above, are counted by Triton.")
    failures = [failure for result in results for failure in result.failures]
    for failure in failures[:5]:
        print(f"failed: {failure}", file=sys.stderr)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
