# How does a client script tell what came of each call? One JSON line per call: {"name": …, "result": …}.
import argparse
import hashlib
import json
import re
import signal
import sys
import traceback

CALL_LIMIT_S = 40
SHOWN_BYTES = 2000

_parser = argparse.ArgumentParser()
_parser.add_argument("--http", required=True)
_parser.add_argument("--grpc", required=True)
_parser.add_argument("--direct", action="store_true", help="there is nothing between this client and the server")
_arguments = _parser.parse_args()
sys.argv[1:] = []  # kserve parses the command line on import

http_address, grpc_address, direct = _arguments.http, _arguments.grpc, _arguments.direct
http_host, http_port = http_address.split(":")[0], int(http_address.split(":")[1])


class DeadlinePassed(BaseException):
    """Not an Exception, so that no client takes it for an answer of the server."""


def _on_alarm(_signal, _frame):
    raise DeadlinePassed


signal.signal(signal.SIGALRM, _on_alarm)


def call(name, function):
    """Runs one call and prints its line. An exception that the script did not expect is reported as broken."""
    signal.alarm(CALL_LIMIT_S)
    try:
        line = {"name": name, "result": plain(function())}
    except (Exception, DeadlinePassed) as error:
        # The message only: a client's own line numbers and ports in a traceback say nothing about the server.
        line = {"name": name, "broken": f"{type(error).__name__}: {error}", "at": traceback.format_exc(limit=-3)}
    finally:
        signal.alarm(0)
    print(json.dumps(line), flush=True)


def refused(kinds, function):
    """The error that the call is expected to end with; a call that goes well instead reports what it got."""
    try:
        return {"not refused": function()}
    except kinds as error:
        return error_of(error)


def error_of(error):
    """Type and text, and the status where the error has one (a number of HTTP or a name of gRPC)."""
    for attribute in ("code", "status"):
        value = getattr(error, attribute, None)
        if value is not None:
            status = value() if callable(value) else value
            return {"error": type(error).__name__, "status": str(status), "text": text_of(error)}
    return {"error": type(error).__name__, "text": text_of(error)}


def text_of(error):
    details = getattr(error, "details", None)
    return details() if callable(details) else str(error)


def shape_of(value):
    """The keys and kinds of a value whose numbers change from call to call."""
    if isinstance(value, dict):
        return {key: shape_of(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [json.loads(text) for text in sorted({json.dumps(shape_of(item)) for item in value})]
    return type(value).__name__


def digest(data):
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def plain(value):
    """As JSON: bytes as latin-1 text, long ones as a digest; numpy arrays with datatype and shape; the target's address left out."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if hasattr(value, "dtype") and hasattr(value, "tobytes"):
        items = value.tolist() if value.size <= 64 else digest(value.tobytes())
        return {"dtype": str(value.dtype), "shape": list(value.shape), "values": plain(items)}
    if isinstance(value, (bytes, bytearray)):
        return plain(digest(value)) if len(value) > SHOWN_BYTES else plain(value.decode("latin-1"))
    if isinstance(value, float):
        return repr(value)  # NaN and infinities are no JSON
    if isinstance(value, str):
        return re.sub(rf"{re.escape(http_address)}|{re.escape(grpc_address)}", "TARGET", value)
    if value is None or isinstance(value, (bool, int)):
        return value
    raise TypeError(f"a result of type {type(value).__name__} cannot be compared")
