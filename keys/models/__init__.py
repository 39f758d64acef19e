"""Keys, their versions, their tags, and the tickets to import material with."""

from keys.models.key import Key, KeyState
from keys.models.rules import RULES, check_usable
from keys.models.tags import Tag, TaggedKey
from keys.models.ticket import ImportTicket
from keys.models.version import KeyVersion

__all__ = ["RULES", "ImportTicket", "Key", "KeyState", "KeyVersion", "Tag", "TaggedKey", "check_usable"]
