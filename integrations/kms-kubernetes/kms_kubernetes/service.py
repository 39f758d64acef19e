"""`v2.KeyManagementService` on a Unix socket: requests parsed, the plug-in called, refusals as codes of gRPC."""

import fcntl
import logging
import os
import stat
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
from kms_engines.errors import EngineError, KmsRefused, KmsUnreachable

from kms_kubernetes.messages import MESSAGES, SERVICE
from kms_kubernetes.plugin import Plugin

logger = logging.getLogger(__name__)

THREADS = 16
GRACE = 5.0
"""Seconds that what is under way may take once the end was asked for."""
LONGEST_PATH = 107
"""Bytes of a Unix socket's path (unix(7))."""
_CODES = {
    401: grpc.StatusCode.UNAUTHENTICATED,
    403: grpc.StatusCode.PERMISSION_DENIED,
    404: grpc.StatusCode.NOT_FOUND,
    429: grpc.StatusCode.RESOURCE_EXHAUSTED,
}
_STATES = {"KMS.0209", "KMS.0210", "KMS.0310"}
"""Codes of a key that is disabled, pending deletion or pending import."""


class SocketRefused(EngineError):
    """A socket that can't be served."""

    exit_status = 6


@contextmanager
def serving(plugin: Plugin, path: Path) -> Iterator[None]:
    """The service at a socket that its owner alone may open, as long as the context lasts. Raises SocketRefused."""
    with _held(path):
        server = grpc.server(ThreadPoolExecutor(THREADS), handlers=[_handlers(plugin)])
        before = os.umask(0o177)
        try:
            server.add_insecure_port(f"unix:{path}")
        except RuntimeError:
            raise SocketRefused(f"The socket {path} can't be made: is its folder writable?") from None
        finally:
            os.umask(before)
        server.start()
        try:
            yield
        finally:
            server.stop(GRACE).wait()


def method(channel: grpc.Channel, name: str) -> Callable[..., Any]:
    """A method of the service at the other end of a channel: `Status`, `Encrypt` or `Decrypt`."""
    call: Callable[..., Any] = channel.unary_unary(
        f"/{SERVICE}/{name}",
        request_serializer=MESSAGES[f"{name}Request"].SerializeToString,
        response_deserializer=MESSAGES[f"{name}Response"].FromString,
    )
    return call


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """The socket's path for this process alone: gRPC takes a socket that is there, be it left over or served."""
    if len(os.fsencode(path)) > LONGEST_PATH:
        raise SocketRefused(f"The socket's path has more than {LONGEST_PATH} bytes. Choose a shorter one: {path}")
    try:
        if path.parent.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise SocketRefused(f"Others can write to {path.parent}, and could put their socket there. chmod go-w it.")
        if path.exists() and not path.is_socket():
            raise SocketRefused(f"{path} is there and is no socket. Remove it, or choose another path.")
        lock = os.open(f"{path}.lock", os.O_WRONLY | os.O_CREAT, 0o600)
    except OSError as error:
        raise SocketRefused(f"The socket {path} can't be made: {error.strerror}.") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise SocketRefused(f"Another plug-in serves {path}. Stop it first, or choose another path.") from None
    finally:
        os.close(lock)


def _handlers(plugin: Plugin) -> grpc.GenericRpcHandler:
    def status(_: Any) -> dict[str, object]:
        health = plugin.status()
        return {"version": "v2", "healthz": health.healthz, "key_id": health.key_id}

    def encrypt(request: Any) -> dict[str, object]:
        return {**plugin.encrypt(request.plaintext)._asdict(), "annotations": plugin.annotations}

    def decrypt(request: Any) -> dict[str, object]:
        return {"plaintext": plugin.decrypt(request.ciphertext, request.key_id, request.annotations)}

    methods = {"Status": status, "Encrypt": encrypt, "Decrypt": decrypt}
    return grpc.method_handlers_generic_handler(SERVICE, {name: _handler(name, methods[name]) for name in methods})


def _handler(name: str, act: Callable[[Any], dict[str, object]]) -> grpc.RpcMethodHandler:
    response = MESSAGES[f"{name}Response"]

    def handle(request: Any, context: grpc.ServicerContext) -> Any:
        began = time.monotonic()
        try:
            answer = response(**act(request))
        except EngineError as error:
            logger.warning("%s %.64r: %s", name, getattr(request, "uid", ""), error)
            context.abort(_code(error), str(error))
        if name != "Status":
            logger.info("%s %.64r: done in %.0f ms", name, request.uid, (time.monotonic() - began) * 1000)
        return answer

    return grpc.unary_unary_rpc_method_handler(
        handle,
        request_deserializer=MESSAGES[f"{name}Request"].FromString,
        response_serializer=response.SerializeToString,
    )


def _code(error: EngineError) -> grpc.StatusCode:
    if isinstance(error, KmsUnreachable):
        return grpc.StatusCode.UNAVAILABLE
    if not isinstance(error, KmsRefused):
        return grpc.StatusCode.INVALID_ARGUMENT
    if error.code in _STATES:
        return grpc.StatusCode.FAILED_PRECONDITION
    if error.http_status >= 500:
        return grpc.StatusCode.UNAVAILABLE
    return _CODES.get(error.http_status, grpc.StatusCode.INVALID_ARGUMENT)
