"""Under whose licences the server's packages are; `make licences` writes them into docs/licences.md."""

from collections.abc import Iterable

from license_expression import get_spdx_licensing
from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from tests.scale.figures import put
from tests.supply.inside import INSIDE
from tests.supply.pins import LISTS, Pin, needed

SPDX = get_spdx_licensing()
COMPATIBLE = {
    **dict.fromkeys(("0BSD", "CC0-1.0", "MIT-0"), "nothing"),
    **dict.fromkeys(
        ("Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "PostgreSQL", "PSF-2.0"),
        "that copyright and licence text stay with it",
    ),
    "MPL-2.0": "that changed files of it are published; none is changed",
    "LGPL-3.0-only": "that changes of it are published, none is made; that users may replace it",
}
"""Licences of packages that a program under Apache-2.0 may run on and bring along, and what each asks for."""
READ = {
    "django-taggit": "BSD-3-Clause",
    "django-template-partials": "MIT",
    "fido2": "BSD-2-Clause AND Apache-2.0 AND MPL-2.0",
    "segno": "BSD-3-Clause",
    "sqlparse": "BSD-3-Clause",
    "uvloop": "MIT OR Apache-2.0",
}
"""Of packages whose metadata is vague: what their licence files say, read by a person."""


def licence_of(pin: Pin) -> str:
    """The SPDX expression of a package. Raises LookupError where neither it nor READ tells."""
    said = pin.installed().metadata
    for text in (
        *(said[field] for field in ("License-Expression", "License") if field in said),
        READ.get(pin.name, ""),
    ):
        try:
            return canonicalize_license_expression(text)
        except InvalidLicenseExpression:
            continue
    raise LookupError(f"{pin.name} does not say its licence in SPDX: read its licence file, and add it to READ.")


def is_compatible(expression: str) -> bool:
    """Whether we may use what is under it: of `OR` one is enough, of `AND` all are needed."""
    parsed = SPDX.parse(expression, validate=True)
    verdict = {one: SPDX.TRUE if str(one) in COMPATIBLE else SPDX.FALSE for one in parsed.symbols}
    return bool(parsed.subs(verdict, simplify=True) == SPDX.TRUE)


def page() -> dict[str, list[str]]:
    """The tables of docs/licences.md, by the names of their places."""
    pins = needed(LISTS["server"])
    found = {pin.name: licence_of(pin) for pin in pins}
    return {
        "packages": _table(
            ("package", "version", "licence"), ((pin.name, pin.version, found[pin.name]) for pin in pins)
        ),
        "inside": _table(
            ("program", "version here", "licence", "in the files of"),
            ((one.name, one.version() or "not told", one.licence, one.within) for one in INSIDE if one.within in found),
        ),
        "kinds": _table(("licence", "asks for"), sorted(COMPATIBLE.items())),
    }


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows)]


if __name__ == "__main__":
    for name, lines in page().items():
        put(name, lines, "licences.md")
