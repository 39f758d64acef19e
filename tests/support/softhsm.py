"""A PKCS#11 token of a test's own, by SoftHSM 2."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.support.tools import program

MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/softhsm/libsofthsm2.so")
PIN = "471147"
UTIL = (str(program("softhsm2-util")),)


@dataclass(frozen=True)
class SoftHsm:
    """SoftHSM with one token, labelled `kms`, in `folder`."""

    folder: Path

    def __post_init__(self) -> None:
        self.tokens.mkdir(parents=True)
        self.configuration.write_text(f"directories.tokendir = {self.tokens}\nlog.level = ERROR\n")
        self.pin_file.touch(0o600)
        self.pin_file.write_text(f"{PIN}\n")
        subprocess.run(
            [*UTIL, "--init-token", "--free", "--label=kms", f"--pin={PIN}", "--so-pin=00000000"],
            env={"SOFTHSM2_CONF": str(self.configuration)},
            capture_output=True,
            check=True,
        )

    @property
    def tokens(self) -> Path:
        return self.folder / "tokens"

    @property
    def configuration(self) -> Path:
        return self.folder / "softhsm2.conf"

    @property
    def pin_file(self) -> Path:
        return self.folder / "pin"

    @property
    def module(self) -> str:
        return next((one for one in MODULES if Path(one).exists()), MODULES[0])

    @property
    def settings(self) -> dict[str, str]:
        """What a server needs to use it."""
        return {
            "SOFTHSM2_CONF": str(self.configuration),
            "ROOT_KEY_PKCS11": self.module,
            "ROOT_KEY_PKCS11_PIN_FILE": str(self.pin_file),
        }

    def take_away(self) -> None:
        """Unplug it."""
        self.tokens.rename(self.folder / "away")

    def bring_back(self) -> None:
        (self.folder / "away").rename(self.tokens)
