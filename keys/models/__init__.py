"""Keys, their versions, aliases and tags, and the tickets to import material with."""

from keys.models.alias import Alias
from keys.models.key import Key, KeyState
from keys.models.rules import RULES, check_usable
from keys.models.tags import Tag, TaggedKey
from keys.models.ticket import ImportTicket
from keys.models.version import KeyVersion, VersionReason

__all__ = [
    "RULES",
    "Alias",
    "ImportTicket",
    "Key",
    "KeyState",
    "KeyVersion",
    "Tag",
    "TaggedKey",
    "VersionReason",
    "check_usable",
]
