# tritonclient's orders to a server whose models, or whole families of APIs, are not for clients: what is each told?
import tritonclient.grpc as by_grpc
import tritonclient.http as by_http
from report import call, grpc_address, http_address, refused
from tritonclient.utils import InferenceServerException

CLIENTS = {"REST": by_http.InferenceServerClient(http_address), "gRPC": by_grpc.InferenceServerClient(grpc_address)}

for name, client in CLIENTS.items():
    for order, give in {
        "load": lambda: client.load_model("other"),
        "unload": lambda: client.unload_model("other"),
        "index": lambda: str(client.get_model_repository_index()),
        "shared memory": lambda: client.register_system_shared_memory("region", "/region", 64),
        "shared memory status": lambda: str(client.get_system_shared_memory_status()),
        "trace": lambda: str(client.update_trace_settings(settings={"trace_rate": "100"})),
        "trace settings": lambda: str(client.get_trace_settings()),
        "logging": lambda: str(client.update_log_settings({"log_verbose_level": 0})),
        "log settings": lambda: str(client.get_log_settings()),
        "server metadata": lambda: str(client.get_server_metadata()),
    }.items():
        call(f"{name} {order}", lambda: refused(InferenceServerException, give))
