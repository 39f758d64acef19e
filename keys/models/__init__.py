"""Keys, their versions and their tags."""

from keys.models.key import Key, KeyState
from keys.models.tags import Tag, TaggedKey
from keys.models.version import KeyVersion

__all__ = ["Key", "KeyState", "KeyVersion", "Tag", "TaggedKey"]
