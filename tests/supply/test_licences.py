"""docs/licences.md tells the licences of all that the server runs on, and all go with ours."""

import re

import pytest
from packaging.licenses import canonicalize_license_expression

from tests.supply.inside import INSIDE
from tests.supply.licences import COMPATIBLE, is_compatible, licence_of, page
from tests.supply.pins import LISTS, ROOT, needed, pins

pytestmark = pytest.mark.without_database
PAGE = (ROOT / "docs/licences.md").read_text()


@pytest.mark.parametrize("name", ["packages", "inside", "kinds"])
def test_the_page_lists_what_the_server_runs_on(name):
    (written,) = re.findall(rf"<!-- {name} -->\n(.*)<!-- end {name} -->", PAGE, re.DOTALL)
    rows = page()[name]

    others = {row.split("|")[1].strip() for row in written.splitlines() if row not in rows}

    assert [row for row in rows if row not in written.splitlines()] == [], "Run `make licences`."
    assert others <= {pin.name for pin in pins(LISTS["server"]) if not pin.is_needed_here}, "Run `make licences`."


def test_ours_is_the_apache_license():
    assert re.match(r"\s+Apache License\s+Version 2\.0, January 2004", (ROOT / "LICENSE").read_text())


def test_each_package_is_under_a_licence_that_goes_with_ours():
    licences = {pin.name: licence_of(pin) for pin in needed(LISTS["server"])}

    assert {name: one for name, one in licences.items() if not is_compatible(one)} == {}


def test_so_is_what_lies_inside_of_packages():
    assert [one.name for one in INSIDE if not is_compatible(one.licence)] == []


@pytest.mark.parametrize(
    ("expression", "verdict"),
    [
        ("MIT", True),
        ("MIT OR GPL-2.0-only", True),
        ("(MIT OR GPL-2.0-only) AND MPL-2.0", True),
        ("MIT AND GPL-3.0-or-later", False),
        ("AGPL-3.0-only", False),
        ("Apache-2.0 WITH LLVM-exception", False),
    ],
)
def test_of_or_one_is_enough_of_and_all_are_needed(expression, verdict):
    assert is_compatible(expression) is verdict


def test_our_own_table_names_licences_as_spdx_does():
    assert [one for one in COMPATIBLE if canonicalize_license_expression(one) != one] == []
