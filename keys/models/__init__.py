"""Keys, their versions, aliases, tags and grants, the tickets to import material with, and mounts with their values."""

from keys.models.alias import Alias
from keys.models.grant import Grant, GranteeType
from keys.models.key import Key, KeyState
from keys.models.kv import KvMount, KvVersion, MountKind
from keys.models.protection import DeletionProtection
from keys.models.rules import RULES, check_kind, check_usable, fits, is_usable
from keys.models.tags import Tag, TaggedKey
from keys.models.ticket import ImportTicket
from keys.models.version import KeyVersion, VersionReason

__all__ = [
    "RULES",
    "Alias",
    "DeletionProtection",
    "Grant",
    "GranteeType",
    "ImportTicket",
    "Key",
    "KeyState",
    "KeyVersion",
    "KvMount",
    "KvVersion",
    "MountKind",
    "Tag",
    "TaggedKey",
    "VersionReason",
    "check_kind",
    "check_usable",
    "fits",
    "is_usable",
]
