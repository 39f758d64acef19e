"""Print what there is to know of the root key, but the key."""

from typing import Any

from console.management.sentences import SentenceCommand
from console.models import Process, Protection
from console.operations.rewrapping import UNREADABLE, count_by_version
from console.protection import provider, root_key
from console.serving.database import require_migrated
from console.serving.keyfiles import check_root_key


class Command(SentenceCommand):
    help = "Print the versions of the root key, how many values each protects, and which process has which."

    def handle(self, *args: Any, **options: Any) -> None:
        require_migrated()
        check_root_key()
        protection = Protection.objects.get()
        self.print(f"The root key is kept in {provider().place}.")
        protected = count_by_version()
        protected[protection.root_key_version] += 1  # the trail key
        fingerprints = root_key().fingerprints
        if damaged := protected.pop(UNREADABLE, 0):
            self.print(f"{damaged} values are damaged and name no version.")
        for version in sorted({*fingerprints, *protected}):
            self.print(
                f"version {version}: fingerprint {fingerprints.get(version, 'unknown, it is missing here')}, "
                f"protects {protected[version]} values{self._role(protection, version)}"
            )
        for process in Process.objects.serving():
            held = ", ".join(sorted(process.root_keys, key=int))
            self.print(f"{process}: has {held}, wraps under {process.root_key_version}")

    def _role(self, protection: Protection, version: int) -> str:
        if version == protection.root_key_version:
            return ", current"
        return ", to be current" if version == protection.next_version else ""
