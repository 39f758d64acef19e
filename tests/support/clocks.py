"""A server whose clock can be set while it runs: by libfaketime, from a file. Its monotonic clock goes on."""

from pathlib import Path

PLACES = "/usr/lib/*/faketime/libfaketimeMT.so.1"
# libfaketime 0.9.10 mistakes the moment until which Python sleeps, which is one of the monotonic clock, for one of day.
SLEEP = "import select, time\ntime.sleep = lambda seconds: select.select([], [], [], seconds) and None\n"


class Clock:
    """The clock of a server that is started with `settings`."""

    def __init__(self, file: Path) -> None:
        (library, *_) = sorted(Path("/").glob(PLACES.lstrip("/")))
        self.file, instead = file, file.with_name("instead")
        instead.mkdir()
        (instead / "sitecustomize.py").write_text(SLEEP)
        self.settings = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "PYTHONPATH": str(instead),
            "SESSION_IDLE": "150",  # an hour of nothing ends a session, also by a clock that jumps
        }
        self.set(0)

    def set(self, seconds: int) -> None:
        """So many seconds before or after the true time."""
        partial = self.file.with_suffix(".new")
        partial.write_text(f"{seconds:+d}\n")
        partial.replace(self.file)
