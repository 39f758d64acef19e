"""Do what fell due."""

from typing import Any

from console.management.sentences import SentenceCommand
from console.operations.tokens import sweep_tokens
from console.serving.database import require_migrated
from console.serving.keyfiles import check_root_key
from keys.operations.rotating import sweep_rotations
from keys.operations.sweeping import sweep_deletions, sweep_material


class Command(SentenceCommand):
    help = (
        "Destroy keys whose deletion fell due, imported material that expired, and expired tokens, and rotate the keys "
        "that are due. A running server does so every minute."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        require_migrated()
        check_root_key()
        keys, materials, tokens = sweep_deletions(), sweep_material(), sweep_tokens()
        self.print(
            f"Destroyed {keys} keys whose deletion fell due, the expired material of {materials} keys, and {tokens} "
            "expired tokens."
        )
        self.print(f"Rotated {sweep_rotations()} keys that were due.")
