"""A list narrowed: by state, spec, usage, origin, enterprise project, tag, and the beginning of alias or ID."""

import pytest

from console.access.caller import Caller
from console.operations.enterprise import create_enterprise_project
from keys import operations
from keys.models import Key
from keys.operations import reading
from keys.operations.ordering import ORDERS
from keys.operations.reading import KeyFilter
from keys.operations.tags import TagPair


@pytest.fixture
def keys(caller: Caller) -> dict[str, Key]:
    payments = create_enterprise_project(caller, name="payments")
    made = {
        "Orders": operations.create_key(caller, alias="Orders", tags=[TagPair("env", "prod")]),
        "ledger": operations.create_key(
            caller, alias="ledger", key_spec="EC_P256", tags=[TagPair("env", "test"), TagPair("team", "ledger")]
        ),
        "partner": operations.create_key(
            caller, alias="partner", origin="external", enterprise_project=payments.eps_id
        ),
    }
    operations.disable_key(caller, made["ledger"].pk)
    operations.create_datakey(caller, key_id="obs/default")
    return made


def found(caller: Caller, wanted: KeyFilter) -> list[str]:
    return sorted(key.alias for key in operations.list_keys(caller, wanted=wanted).keys)


@pytest.mark.parametrize(
    ("wanted", "aliases"),
    [
        (KeyFilter(), ["Orders", "ledger", "partner"]),
        (KeyFilter(is_default=True), ["obs/default"]),
        (KeyFilter(state="3"), ["ledger"]),
        (KeyFilter(state="5"), ["partner"]),
        (KeyFilter(state="9"), []),
        (KeyFilter(state="on"), []),
        (KeyFilter(spec="EC_P256"), ["ledger"]),
        (KeyFilter(spec="nonsense"), []),
        (KeyFilter(usage="SIGN_VERIFY"), ["ledger"]),
        (KeyFilter(origin="external"), ["partner"]),
        (KeyFilter(enterprise_project="0"), ["Orders", "ledger"]),
        (KeyFilter(enterprise_project="nonsense"), []),
        (KeyFilter(tag="env"), ["Orders", "ledger"]),
        (KeyFilter(tag="env=prod"), ["Orders"]),
        (KeyFilter(tag="env="), []),
        (KeyFilter(tag="nonsense"), []),
        (KeyFilter(words="ord"), ["Orders"]),
        (KeyFilter(words="rders"), []),
        (KeyFilter(words="%"), []),
        (KeyFilter(words="l", state="2"), []),
        (KeyFilter(words="l", state="3", tag="team=ledger"), ["ledger"]),
    ],
)
def test_what_is_asked_for_is_found(
    caller: Caller, keys: dict[str, Key], wanted: KeyFilter, aliases: list[str]
) -> None:
    assert found(caller, wanted) == aliases


@pytest.mark.parametrize("length", [4, 8, 9, 36])
def test_a_key_is_found_by_the_beginning_of_its_id(caller: Caller, keys: dict[str, Key], length: int) -> None:
    assert "ledger" in found(caller, KeyFilter(words=str(keys["ledger"].pk)[:length]))
    assert found(caller, KeyFilter(words=str(keys["ledger"].pk))) == ["ledger"]


@pytest.mark.parametrize("few", [0, 100])
def test_a_tag_narrows_with_everything_else_whether_many_keys_have_it_or_few(
    caller: Caller, keys: dict[str, Key], monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(reading, "FEW", few)

    assert found(caller, KeyFilter(tag="env", state="3")) == ["ledger"]
    assert found(caller, KeyFilter(tag="env", usage="ENCRYPT_DECRYPT")) == ["Orders"]
    assert found(caller, KeyFilter(tag="env=prod", state="3")) == []
    by_alias = operations.list_keys(caller, wanted=KeyFilter(tag="env"), order=ORDERS["-alias"]).keys
    assert [one.alias for one in by_alias] == ["Orders", "ledger"]


def test_the_beginning_of_an_alias_narrows_the_order_by_alias(caller: Caller, keys: dict[str, Key]) -> None:
    for words, aliases in (("ORD", ["Orders"]), ("l", ["ledger"]), ("lz", []), ("%", [])):
        found_by_alias = operations.list_keys(caller, wanted=KeyFilter(words=words), order=ORDERS["alias"]).keys
        assert [one.alias for one in found_by_alias] == aliases


def test_a_neighbours_keys_and_tags_are_not_found(neighbour: Caller, keys: dict[str, Key]) -> None:
    assert found(neighbour, KeyFilter(tag="env")) == []
    assert found(neighbour, KeyFilter(words=str(keys["ledger"].pk))) == []
