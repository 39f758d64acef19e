"""What a page offers to do: possible now, or with the reason why not."""

from dataclasses import dataclass

from django.utils.functional import Promise

from keys.errors import KmsError


@dataclass(frozen=True, slots=True)
class Action:
    """A button that opens the dialog at `address`; with a `reason` it can't be used now, and says so.

    `name` makes the ids of its elements; `about` what it acts on, for those who don't see the row it stands in."""

    name: str
    title: str | Promise
    address: str
    reason: str = ""
    about: str = ""
    is_danger: bool = False

    @classmethod
    def unless(
        cls,
        refusal: KmsError | None,
        name: str,
        title: str | Promise,
        address: str,
        *,
        about: str = "",
        is_danger: bool = False,
    ) -> "Action":
        """The action, impossible for the reason that `refusal` gives."""
        return cls(name, title, address, refusal.messages[0] if refusal else "", about, is_danger)
