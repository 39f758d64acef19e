"""Field rules that several models of the console share."""

import re

from django.utils.translation import gettext_lazy as _

from keys.errors import NameInvalid, TextInvalid


def validate_name(name: str) -> None:
    """Names of accounts and users: 1 to 64 ASCII letters, digits and `. _ @ + -`, beginning with a letter or digit."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}", name):
        raise NameInvalid()


def validate_title(title: str) -> None:
    """Names of enterprise projects: 1 to 255 characters, no control characters, no space at either end."""
    if not title or title != title.strip() or not title.isprintable() or len(title) > 255:
        raise NameInvalid(text=_("Use 1 to 255 printable characters, without a space at either end."))


def validate_role_name(name: str) -> None:
    """Names of roles: 1 to 64 letters and digits of any script, spaces inside, `_ . : / + - @`. No comma: names are
    listed."""
    is_well_made = all(one.isalnum() or one in "_.:/+-@ " for one in name) and name == name.strip()
    if not 1 <= len(name) <= 64 or not is_well_made:
        raise NameInvalid(text=_("Use 1 to 64 letters, digits, spaces inside and _ . : / + - @ in the name of a role."))


def validate_text(text: str) -> None:
    """What is said of something: any text but NUL, which PostgreSQL can't store."""
    if "\0" in text:
        raise TextInvalid()


def validate_project_name(name: str) -> None:
    """Names of projects: letters, digits, `_` and `-`."""
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        raise NameInvalid(text=_("Use letters, digits, _ and - in the name of a project."))
