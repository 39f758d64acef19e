"""One act on several keys: each on its own, and whatever becomes of the others."""

import uuid
from collections.abc import Callable, Iterable
from typing import NamedTuple

from console.operations.approvals import SentForApproval
from keys.errors import KmsError
from keys.models import Key


class Outcome(NamedTuple):
    """What became of the act on one key: done, or refused."""

    key: Key
    refusal: KmsError | None

    @property
    def is_sent(self) -> bool:
        """Whether it was sent for approval just now, instead of being done."""
        return isinstance(self.refusal, SentForApproval) and self.refusal.is_new


def for_each(keys: Iterable[Key], work: Callable[[uuid.UUID], object]) -> list[Outcome]:
    """Do `work`, an operation that is given the id of a key, with each of these keys."""
    return [Outcome(key, _refusal(work, key.pk)) for key in keys]


def _refusal(work: Callable[[uuid.UUID], object], key_id: uuid.UUID) -> KmsError | None:
    try:
        work(key_id)
    except KmsError as error:
        return error
    return None
