# KServe's own Python server with one model that takes 4 ms a call and 0.1 ms a row, on the two ports of its arguments.
import sys
import time

http_port, grpc_port = (int(argument) for argument in sys.argv[1:3])
del sys.argv[1:]  # kserve parses the command line on import

import uvicorn  # noqa: E402
from grpc import aio  # noqa: E402

make_config, make_server = uvicorn.Config.__init__, aio.server


def config_on_loopback(self, app, **options):
    make_config(self, app, **{**options, "host": "127.0.0.1"})


def server_on_loopback(*arguments, **options):
    server = make_server(*arguments, **options)
    add_port = server.add_insecure_port
    server.add_insecure_port = lambda address: add_port(address.replace("[::]", "127.0.0.1"))
    return server


# KServe has no option for the address it binds: 0.0.0.0 and [::] are written into it.
uvicorn.Config.__init__ = config_on_loopback
aio.server = server_on_loopback

from kserve import Model, ModelServer  # noqa: E402


class Costly(Model):
    """Doubles every number of V1 requests, one call at a time as a model that computes does."""

    def __init__(self):
        super().__init__("costly")
        self.ready = True

    def load(self):
        return True

    async def predict(self, payload, headers=None, response_headers=None):
        rows = payload["instances"]
        time.sleep(0.004 + 0.0001 * len(rows))
        return {"predictions": [[value + value for value in row] for row in rows]}


if __name__ == "__main__":
    ModelServer(http_port=http_port, grpc_port=grpc_port, workers=1).start([Costly()])
