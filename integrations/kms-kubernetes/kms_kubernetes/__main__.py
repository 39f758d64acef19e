"""The command `kms-kubernetes-plugin`: serves until it is told to end, or asks the one that serves how it is."""

import argparse
import ctypes
import logging
import os
import resource
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

import grpc
from kms_engines.client import Client
from kms_engines.errors import EngineError, SettingsWrong
from kms_engines.settings import load_settings

from kms_kubernetes.messages import MESSAGES
from kms_kubernetes.plugin import Plugin
from kms_kubernetes.service import method, serving

logger = logging.getLogger(__name__)

DEFAULT_SOCKET = "/run/kms-kubernetes/kms.sock"
LONGEST_NAME = 200
ENDS = {signal.SIGTERM, signal.SIGINT}
PR_SET_DUMPABLE = 4
TIMEOUT = 2.0
"""Seconds for the KMS to answer: less than the 3 that kube-apiserver waits."""
PATIENCE = 5.0
"""Seconds that `--check` waits."""
HELP = """
Settings, all from the environment:
  KMS_ENDPOINT, KMS_PROJECT, KMS_ACCESS_KEY, KMS_SECRET_KEY, KMS_CA_CERT, or a file at KMS_CONFIG: as of kms-engines
  KMS_KEY      id or alias of the key, which is of AES_256 or SM4
  KMS_CLUSTER  name of the cluster: what is encrypted opens by this name alone
  KMS_SOCKET   where kube-apiserver finds the plug-in (/run/kms-kubernetes/kms.sock)

Exit status: 0 ended as it was told to, or healthy; 1 not healthy; 3 settings; 6 socket.
"""


def main() -> int:
    """Run the command; its exit status."""
    parser = argparse.ArgumentParser(
        prog="kms-kubernetes-plugin",
        description="Serve Kubernetes KMS v2 on a Unix socket, by a key of a Key Management Service.",
        epilog=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--check", action="store_true", help="ask the plug-in that serves whether it is healthy, and end"
    )
    wants_check = parser.parse_args().check
    path = Path(os.environ.get("KMS_SOCKET") or DEFAULT_SOCKET).absolute()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stderr)
    try:
        if wants_check:
            return _check(path)
        _serve(_plugin(os.environ), path)
    except EngineError as error:
        sys.stderr.write(f"kms-kubernetes-plugin: {error}\n")
        return error.exit_status
    return 0


def _plugin(environment: Mapping[str, str]) -> Plugin:
    key, cluster = environment.get("KMS_KEY", ""), environment.get("KMS_CLUSTER", "")
    if not key:
        raise SettingsWrong("Set KMS_KEY to the id or alias of the key.")
    if not cluster.isprintable() or not 1 <= len(cluster) <= LONGEST_NAME:
        raise SettingsWrong(f"Set KMS_CLUSTER to the name of the cluster, of 1 to {LONGEST_NAME} characters.")
    return Plugin(Client(load_settings(environment), timeout=TIMEOUT, attempts=1), key, cluster)


def _serve(plugin: Plugin, path: Path) -> None:
    _keep_out_of_dumps()
    # Blocked in all threads, or one of gRPC's could take a signal without waking this one.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
    with serving(plugin, path):
        logger.info("Serving %s for the cluster %s under the key %s", path, plugin.cluster, plugin.key)
        _tell_systemd()
        signal.sigwait(ENDS)
        logger.info("Ending")


def _check(path: Path) -> int:
    with grpc.insecure_channel(f"unix:{path}") as channel:
        try:
            status = method(channel, "Status")(MESSAGES["StatusRequest"](), timeout=PATIENCE)
        except grpc.RpcError as error:
            sys.stderr.write(f"No plug-in answers at {path}: {error.details()}\n")
            return 1
    is_healthy: bool = status.healthz == "ok"
    (sys.stdout if is_healthy else sys.stderr).write(f"{status.healthz} {status.key_id}\n")
    return 0 if is_healthy else 1


def _keep_out_of_dumps() -> None:
    """Neither a core file, nor a core that the system pipes to a program: both would hold seeds."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def _tell_systemd() -> None:
    """Say that the service is ready (sd_notify(3)), where systemd waits for that."""
    name = os.environ.get("NOTIFY_SOCKET", "")
    if name:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.sendto(b"READY=1", f"\0{name[1:]}" if name.startswith("@") else name)


if __name__ == "__main__":
    sys.exit(main())
