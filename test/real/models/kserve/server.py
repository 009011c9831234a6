# KServe's own Python server: V1 and V2, REST and gRPC, on the two ports of its arguments, loopback only. It has one model; with a
# folder as third argument none, but loads those of the folder when it is told to, as KServe's sklearn and xgboost servers do.
import os
import sys

http_port, grpc_port = (int(argument) for argument in sys.argv[1:3])
models_folder = sys.argv[3] if len(sys.argv) > 3 else None
del sys.argv[1:]  # kserve parses the command line on import

import uvicorn  # noqa: E402
from grpc import aio  # noqa: E402

make_config, make_grpc_server = uvicorn.Config.__init__, aio.server


def config_on_loopback(self, app, **options):
    make_config(self, app, **{**options, "host": "127.0.0.1"})


def server_on_loopback(*arguments, **options):
    server = make_grpc_server(*arguments, **options)
    add_port = server.add_insecure_port
    server.add_insecure_port = lambda address: add_port(address.replace("[::]", "127.0.0.1"))
    return server


# KServe has no option for the address it binds: 0.0.0.0 and [::] are written into it.
uvicorn.Config.__init__ = config_on_loopback
aio.server = server_on_loopback

from kserve import InferOutput, InferResponse, Model, ModelRepository, ModelServer  # noqa: E402


class Doubler(Model):
    """Doubles every number; a negative one raises, as a model with a fault does."""

    def __init__(self):
        super().__init__("doubler")
        self.ready = True

    def load(self):
        return True

    async def predict(self, payload, headers=None, response_headers=None):
        if isinstance(payload, dict):
            return {"predictions": [self.double(row) for row in payload["instances"]]}
        outputs = []
        for tensor in payload.inputs:
            values = tensor.as_numpy()
            if values.size and values.min() < 0:
                raise RuntimeError("negative numbers are not for this model")
            output = InferOutput(name=tensor.name, shape=list(values.shape), datatype=tensor.datatype)
            output.set_data_from_numpy(values + values, binary_data=False)
            outputs.append(output)
        return InferResponse(response_id=payload.id or "none", model_name=self.name, infer_outputs=outputs)

    def double(self, row):
        if isinstance(row, list):
            return [self.double(value) for value in row]
        if row < 0:
            raise RuntimeError("negative numbers are not for this model")
        return row + row


class Product(Model):
    """Multiplies by the number in its folder."""

    def __init__(self, name, folder):
        super().__init__(name)
        self.folder = folder

    def load(self):
        with open(os.path.join(self.folder, "factor.txt")) as file:
            self.factor = float(file.read())
        self.ready = True
        return self.ready

    async def predict(self, payload, headers=None, response_headers=None):
        values = payload.inputs[0].as_numpy() * self.factor
        output = InferOutput(name="Y", shape=list(values.shape), datatype="FP32")
        output.set_data_from_numpy(values, binary_data=False)
        return InferResponse(response_id=payload.id or "none", model_name=self.name, infer_outputs=[output])


class FolderRepository(ModelRepository):
    def load(self, name):
        model = Product(name, os.path.join(self.models_dir, name))
        if model.load():
            self.update(model)


def make_server(**options):
    return ModelServer(http_port=http_port, grpc_port=grpc_port, workers=1, **options)


if __name__ == "__main__":
    if models_folder is None:
        make_server().start([Doubler()])
    else:
        make_server(registered_models=FolderRepository(models_folder)).start([])
