"""What is installed is what was looked at: every package at one version, with the hashes of its files."""

import re

import pytest
from packaging.utils import canonicalize_name

from tests.supply.audit import FOUND, NOT_WHOLE, judge
from tests.supply.pins import LISTS, ROOT, chosen, needed, pins

pytestmark = pytest.mark.without_database
INSTALLERS = ["Makefile", "docs/deploy/Containerfile", "docs/deploy/bundle"]


@pytest.mark.parametrize("group", LISTS)
def test_a_list_pins_what_was_chosen_each_with_its_hashes(group):
    listed = {(pin.name, f"=={pin.version}") for pin in pins(LISTS[group])}

    wanted = {(canonicalize_name(one.name), str(one.specifier)) for one in chosen(group)}

    assert wanted - listed == set(), "Run `make requirements`."


@pytest.mark.parametrize("group", LISTS)
def test_what_was_chosen_is_chosen_exactly(group):
    assert [str(one) for one in chosen(group) if not re.fullmatch(r"==[\w.]+", str(one.specifier))] == []


@pytest.mark.parametrize("group", LISTS)
def test_a_list_says_nothing_of_where_it_was_made(group):
    text = LISTS[group].read_text()

    assert re.findall(r"://|(?m:^--?\w.*)|/home|/tmp", text) == []
    assert text.splitlines()[1] == "#    make requirements"


def test_the_tests_run_on_the_versions_that_the_server_has():
    server = {pin.name: pin for pin in pins(LISTS["server"])}

    assert [pin.name for pin in pins(LISTS["tests"]) if pin.name in server and pin != server[pin.name]] == []


def test_a_list_that_pins_no_version_or_lacks_hashes_would_be_found(tmp_path):
    loose, bare = tmp_path / "loose.txt", tmp_path / "bare.txt"
    loose.write_text(f"whitenoise>=6 \\\n    --hash=sha256:{'0' * 64}\n")
    bare.write_text("whitenoise==6.12.0\n")

    with pytest.raises(ValueError, match="pins no version"):
        pins(loose)
    with pytest.raises(ValueError, match="has no hash"):
        pins(bare)


@pytest.mark.parametrize("installer", INSTALLERS)
def test_nothing_is_fetched_without_a_hash_or_built_by_what_is_not_pinned(installer):
    commands = re.sub(r"\\\n", " ", (ROOT / installer).read_text()).splitlines()
    fetching = [line for line in commands if re.search(r"\b(pip|PIP\)?)\b.* (install|download) ", line)]

    assert fetching != []
    assert [one for one in fetching if "--require-hashes" not in one or "--only-binary :all:" not in one] == []
    sources = [line for line in commands if "--no-binary" in line]
    assert [one for one in sources if "--no-build-isolation --no-deps" not in one] == []


@pytest.mark.parametrize("group", ["server", "tests"])
def test_the_environment_of_the_tests_is_that_of_the_lists(group):
    assert [pin.name for pin in needed(LISTS[group]) if pin.installed().version != pin.version] == []


WHOLE = '{"dependencies": [{"name": "django", "version": "5.2", "vulns": []}]}'
FLAWED = '{"dependencies": [{"name": "django", "version": "5.2", "vulns": [{"id": "CVE-1", "fix_versions": ["5.3"]}]}]}'
SKIPPED = '{"dependencies": [{"name": "django", "skip_reason": "Dependency not found"}]}'


@pytest.mark.parametrize(
    ("answer", "complaints", "code", "sentence"),
    [
        (WHOLE, "", 0, "Nothing is known against its 1 packages."),
        (FLAWED, "Found 1 known vulnerability", FOUND, "django 5.2: CVE-1, fixed in 5.3"),
        (SKIPPED, "", NOT_WHOLE, "The service didn't know 1 of 1: Dependency not found, …"),
        ("", "Traceback\nConnectionError: refused\n", NOT_WHOLE, "Nobody answered: ConnectionError: refused"),
        ('{"dependencies": []}', "", NOT_WHOLE, "Nothing is known against its 0 packages."),
    ],
)
def test_an_audit_that_asked_nobody_is_no_good_news(answer, complaints, code, sentence):
    assert judge(answer, complaints) == (code, [sentence])
