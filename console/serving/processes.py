"""The processes that serve: uvicorn's main process and its workers."""

import ctypes
import logging
import os
import resource
import signal
import socket
import sys
from collections.abc import Sequence
from types import FrameType
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connections
from uvicorn.config import STARTUP_FAILURE, Config
from uvicorn.supervisors import Multiprocess

from console import VERSION
from console.logs import log_everything
from console.memory import keep_out_of_dumps, keep_what_is_loaded
from console.serving import tls
from console.serving.connection import Connection
from console.serving.counts import forget_the_dead, prepare_folder, remove_folder
from console.serving.database import database_name, leave_whole
from console.serving.greeting import say_when_served
from console.serving.stopping import SIGNALS, let_nobody_in

if TYPE_CHECKING:
    from console.serving.worker import Application

logger = logging.getLogger(__name__)

GRACE = 3  # seconds for connections to end once the server is told to stop; LINGER is shorter
PATIENCE = 60  # seconds after which a worker that does not answer its main process is taken for hung
BACKLOG = 2048
SECRET_SETTINGS = ("ROOT_KEY", "DATABASE_URL")
PR_SET_PDEATHSIG = 1


def keep_to_itself() -> None:
    """New files for the server's user alone, as many connections as the system allows; warnings and
    lost exceptions become log lines; until it serves, a signal ends it without a word."""
    log_everything()
    os.umask(0o077)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)


class _Workers(Multiprocess):
    """uvicorn's, which stop gently and look at their certificate when they are told to."""

    def __init__(self, config: Config, listener: socket.socket) -> None:
        super().__init__(config, [listener])
        for number in SIGNALS:
            signal.signal(number, self._hear)

    def init_processes(self) -> None:
        super().init_processes()
        self._leave_their_ends()

    def keep_subprocess_alive(self) -> None:
        super().keep_subprocess_alive()
        self._leave_their_ends()

    def _leave_their_ends(self) -> None:
        """So that a worker that dies while it is asked whether it lives is missed at once, not after PATIENCE."""
        for worker in self.processes:
            worker.child_conn.close()

    def terminate_all(self) -> None:
        for listener in self.sockets:
            listener.close()  # the workers have it too, and close it when they are ready to
        super().terminate_all()

    def handle_hup(self) -> None:
        if settings.TLS_CERT:
            for worker in self.processes:
                # It would end one that has only begun, and that will look by itself.
                if worker.is_ready() and worker.pid is not None:
                    os.kill(worker.pid, signal.SIGHUP)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        # At once: whoever stops a service may tell the workers too, who won't wait for this process.
        for listener in self.sockets:
            if listener.fileno() >= 0:
                let_nobody_in(listener)
        self.signal_queue.append(number)


def serve(address: str, greeting: Sequence[str]) -> None:
    """Serve until SIGINT or SIGTERM; SystemExit with 1 where the workers can't run."""
    connections.close_all()
    config = Config(
        "console.serving.processes:load_application",
        factory=True,
        interface="asgi3",
        lifespan="on",
        http=Connection,
        loop="uvloop",
        ws="none",
        workers=settings.WORKERS,
        backlog=BACKLOG,
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=GRACE,
        timeout_worker_healthcheck=PATIENCE,
        ssl_context_factory=tls.serving_context if settings.TLS_CERT else None,
    )
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    is_for_both = address == "::" and socket.has_dualstack_ipv6()
    listener = socket.create_server(
        (address, settings.PORT), family=family, backlog=BACKLOG, dualstack_ipv6=is_for_both
    )
    say_when_served(greeting, address)
    prepare_folder()
    logger.info(
        "The server starts.",
        extra={"version": VERSION, "address": address, "port": settings.PORT, "database": database_name()},
    )
    workers = _Workers(config, listener)
    workers.run()
    leave_whole()
    remove_folder()
    logger.info("The server stopped.")
    if any(one.exitcode == STARTUP_FAILURE for one in workers.processes):
        raise SystemExit(1)


def load_application() -> "Application":
    """The application, in a worker that ends with the main process, be that killed.

    SystemExit with STARTUP_FAILURE where it can't be loaded: then the main process ends too."""
    keep_out_of_dumps()
    log_everything()
    end_with_parent()
    try:
        from console.serving.worker import application
    except Exception:
        logger.exception("A worker could not begin.")
        sys.exit(STARTUP_FAILURE)
    # Settings are read by now; what remains would be copied into every request's `META`.
    for name in SECRET_SETTINGS:
        os.environ.pop(name, None)
    from console.serving.chores import begin_chores  # only now: models need Django set up
    from console.serving.presence import begin_presence

    forget_the_dead()
    begin_chores()
    begin_presence()
    keep_what_is_loaded()
    return application


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def end_with_parent() -> None:
    """Have the kernel end this process with the one that made it, be that killed (Linux)."""
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
