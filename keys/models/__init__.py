"""Keys, their versions and their tags."""

from keys.models.key import Key, KeyState
from keys.models.rules import RULES, check_usable
from keys.models.tags import Tag, TaggedKey
from keys.models.version import KeyVersion

__all__ = ["RULES", "Key", "KeyState", "KeyVersion", "Tag", "TaggedKey", "check_usable"]
