"""Castellan's stock driver `vault`, as Cinder, Nova or Glance have it by their settings."""

import os
from typing import Any

from castellan import key_manager, options
from castellan.common.objects import opaque_data, passphrase
from oslo_config import cfg

from tests.engines.clients.answering import answer_all

configuration = cfg.ConfigOpts()
configuration(["--config-file", os.environ["SETTINGS"]])
options.set_defaults(configuration)
manager: Any = key_manager.API(configuration)


def create_key(*, bits: int) -> str:
    return str(manager.create_key(None, algorithm="AES", length=bits))


def store_passphrase(*, text: str) -> str:
    return str(manager.store(None, passphrase.Passphrase(text.encode())))


def store_data(*, text: str) -> str:
    return str(manager.store(None, opaque_data.OpaqueData(text.encode())))


def get(*, key_id: str) -> dict[str, Any]:
    one = manager.get(None, key_id)
    return {"kind": type(one).__name__, "hex": one.get_encoded().hex()}


def delete(*, key_id: str) -> None:
    manager.delete(None, key_id)


def ids() -> list[str]:
    return [one.id for one in manager.list(None)]


if __name__ == "__main__":
    answer_all(create_key, store_passphrase, store_data, get, delete, ids)
