"""Whether key material opens: what a restore or a move to another database ends with."""

from dataclasses import dataclass, field

from console.protection import root_key
from keys.crypto.errors import CryptoError
from keys.crypto.material import forget_unwrapped, unwrap_material
from keys.models import KeyVersion

ALL_BELOW = 10_000
CHUNK = 2_000


@dataclass(slots=True)
class Proof:
    """How many key versions were opened, of which specs, out of how many; and those that do not open."""

    opened: int = 0
    of: int = 0
    specs: set[str] = field(default_factory=set)
    closed: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.opened:,} of {self.of:,} key versions were opened, of {len(self.specs)} key algorithms"


def prove_material() -> Proof:
    """Open all key versions, or of many one in so many and the first of each key spec."""
    stored = KeyVersion.objects.filter(wrapped_material__isnull=False).order_by("pk").select_related("key")
    proof = Proof(of=stored.count())
    step = 1 + proof.of // ALL_BELOW
    for place, version in enumerate(stored.iterator(CHUNK)):
        if place % step and version.key.key_spec in proof.specs:
            continue
        try:
            key_id = str(version.key_id)
            unwrap_material(
                root_key(), bytes(version.wrapped_material or b""), key_id, version.number, version.key.key_spec
            )
        except CryptoError:
            proof.closed.append(f"version {version.number} of key {key_id}")
        else:
            proof.opened += 1
            proof.specs.add(version.key.key_spec)
    forget_unwrapped()
    return proof
