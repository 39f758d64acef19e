"""Where the KMS is and who asks it: from the environment, else from a file that only its owner can read."""

import ipaddress
import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kms_engines.errors import SettingsWrong

DEFAULT_FILE = Path("~/.config/kms-engines.toml")
NEEDED = ("endpoint", "project", "access_key", "secret_key")
ENDPOINT = re.compile(r"(https?)://(\[[0-9a-fA-F:]+\]|[0-9A-Za-z.-]+)(:[0-9]{1,5})?/?")
NAMES = (*NEEDED, "ca_cert")


@dataclass(frozen=True)
class Settings:
    """`endpoint` is scheme, host and port; `ca_cert` a PEM file of the authorities that its certificate may be of,
    where these are not the system's."""

    endpoint: str
    project: str
    access_key: str
    secret_key: str = field(repr=False)
    ca_cert: str = ""

    def __post_init__(self) -> None:
        found = ENDPOINT.fullmatch(self.endpoint)
        if not found:
            raise SettingsWrong(
                f"The endpoint {self.endpoint!r} is not like https://kms.example.org. Set KMS_ENDPOINT."
            )
        if found[1] == "http" and not _is_this_machine(found[2].strip("[]")):
            raise SettingsWrong("Data keys would travel in the clear: set KMS_ENDPOINT to one with https://.")
        if not re.fullmatch(r"[0-9A-Za-z_-]{1,64}", self.project):
            raise SettingsWrong("KMS_PROJECT is not the id of a project: copy it from the console.")


def load_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """What KMS_ENDPOINT, KMS_PROJECT, KMS_ACCESS_KEY, KMS_SECRET_KEY and KMS_CA_CERT say, and for what they don't, the
    TOML file at KMS_CONFIG, else at ~/.config/kms-engines.toml. Raises SettingsWrong."""
    given = _read(environment)
    found = {name: environment.get(f"KMS_{name.upper()}") or given.get(name, "") for name in NAMES}
    missing = [f"KMS_{name.upper()}" for name in NEEDED if not found[name]]
    if missing:
        raise SettingsWrong(f"Set {', '.join(missing)} in the environment, or write a settings file (--help).")
    return Settings(**found)


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _read(environment: Mapping[str, str]) -> dict[str, str]:
    named = environment.get("KMS_CONFIG")
    path = Path(named or DEFAULT_FILE).expanduser()
    try:
        with path.open("rb") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise SettingsWrong(f"Others can read or change {path}, which holds a secret: run chmod 600 {path}.")
            content = tomllib.load(file)
    except FileNotFoundError:
        if named:
            raise SettingsWrong(f"There is no file {path}, which KMS_CONFIG names.") from None
        return {}
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsWrong(f"{path} can't be read: {error}.") from None
    if unfit := [name for name, value in content.items() if name not in NAMES or not isinstance(value, str)]:
        raise SettingsWrong(f"{path} has what is no setting: {', '.join(unfit)}. Texts for {', '.join(NAMES)} are.")
    return content
