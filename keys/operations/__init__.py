"""The domain: one verb a function, a `Caller` first, permission and trace inside. Console, API and admin call these."""

from keys.operations.changing import update_alias, update_description
from keys.operations.creation import check_alias_free, create_key, key_errors, propose_alias
from keys.operations.reading import get_key, list_keys
from keys.operations.tags import add_tags, delete_tag, suggest_tags

__all__ = [
    "add_tags",
    "check_alias_free",
    "create_key",
    "delete_tag",
    "get_key",
    "key_errors",
    "list_keys",
    "propose_alias",
    "suggest_tags",
    "update_alias",
    "update_description",
]
