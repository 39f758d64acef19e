"""Tags of keys."""

import pytest

from console.access.caller import Caller
from keys import errors, operations
from keys.models import Key, Tag, TaggedKey
from keys.operations.tags import TagPair


@pytest.fixture
def key(caller: Caller) -> Key:
    return operations.create_key(caller, alias="orders")


def tags_of(key: Key) -> dict[str, str]:
    return {one.tag.key: one.tag.value for one in key.tagged.select_related("tag")}


@pytest.mark.parametrize("text", ["env", "环境", "a b", "ключ", "a_b.c:d/e+f-g@h", "x" * 128, "हिन्दी", "٣"])
def test_letters_and_digits_of_any_script_are_possible(caller: Caller, key: Key, text: str) -> None:
    operations.add_tags(caller, key.pk, [TagPair(text, text)])

    assert tags_of(key) == {text: text}


@pytest.mark.parametrize(
    ("tag_key", "error"),
    [
        ("", errors.TagKeyLength),
        ("x" * 129, errors.TagKeyLength),
        ("_sys_owner", errors.TagKeyReserved),
        (" a", errors.TagKeyInvalid),
        ("a ", errors.TagKeyInvalid),
        ("a*", errors.TagKeyInvalid),
        ("a=b", errors.TagKeyInvalid),
        ("a<b>", errors.TagKeyInvalid),
        ("a\\b", errors.TagKeyInvalid),
        ("a\n", errors.TagKeyInvalid),
        ("a\u00a0", errors.TagKeyInvalid),
        ("½", errors.TagKeyInvalid),
    ],
)
def test_other_tag_keys_are_refused(caller: Caller, key: Key, tag_key: str, error: type[errors.KmsError]) -> None:
    with pytest.raises(error):
        operations.add_tags(caller, key.pk, [TagPair(tag_key, "v")])
    assert tags_of(key) == {}


@pytest.mark.parametrize(("value", "error"), [("x" * 256, errors.TagValueLength), ("a*", errors.TagValueInvalid)])
def test_other_tag_values_are_refused(caller: Caller, key: Key, value: str, error: type[errors.KmsError]) -> None:
    with pytest.raises(error):
        operations.add_tags(caller, key.pk, [TagPair("env", value)])


def test_a_value_may_be_empty_or_255_long(caller: Caller, key: Key) -> None:
    operations.add_tags(caller, key.pk, [TagPair("empty", ""), TagPair("long", "x" * 255)])

    assert tags_of(key) == {"empty": "", "long": "x" * 255}


def test_a_tag_key_has_one_value_on_a_key(caller: Caller, key: Key) -> None:
    operations.add_tags(caller, key.pk, [TagPair("env", "test")])
    operations.add_tags(caller, key.pk, [TagPair("env", "prod")])

    assert tags_of(key) == {"env": "prod"}


def test_a_tag_key_twice_in_one_request_is_refused(caller: Caller) -> None:
    with pytest.raises(errors.TagKeyTwice):
        operations.create_key(caller, alias="twice", tags=[TagPair("env", "a"), TagPair("env", "b")])
    assert not Key.objects.filter(alias="twice").exists()


def test_twenty_tags_fit_and_the_next_is_refused(caller: Caller, key: Key) -> None:
    operations.add_tags(caller, key.pk, [TagPair(f"k{number}", "") for number in range(20)])

    with pytest.raises(errors.TooManyTags):
        operations.add_tags(caller, key.pk, [TagPair("k20", "")])
    with pytest.raises(errors.TooManyTags):
        operations.create_key(caller, alias="many", tags=[TagPair(f"k{number}", "") for number in range(21)])
    operations.add_tags(caller, key.pk, [TagPair("k0", "changed")])


def test_the_same_tag_is_shared_by_the_keys_of_an_account_and_by_no_other(caller: Caller, neighbour: Caller) -> None:
    for alias in ("one", "two"):
        operations.create_key(caller, alias=alias, tags=[TagPair("env", "prod")])
    operations.create_key(neighbour, alias="theirs", tags=[TagPair("env", "prod")])

    assert Tag.objects.filter(account=caller.account).count() == 1
    assert Tag.objects.count() == 2
    assert TaggedKey.objects.count() == 3


def test_suggestions_are_the_accounts_own(caller: Caller, neighbour: Caller) -> None:
    operations.create_key(caller, alias="one", tags=[TagPair("env", "prod"), TagPair("team", "pay")])
    operations.create_key(neighbour, alias="theirs", tags=[TagPair("secret-project", "x")])

    assert operations.suggest_tags(caller) == ["env", "team"]
    assert operations.suggest_tags(caller, key="env") == ["prod"]


def test_a_tag_is_deleted_by_its_key(caller: Caller, key: Key) -> None:
    operations.add_tags(caller, key.pk, [TagPair("env", "prod"), TagPair("team", "pay")])
    operations.delete_tag(caller, key.pk, "env")

    assert tags_of(key) == {"team": "pay"}


def test_taggit_reads_the_tags_by_their_name(caller: Caller, key: Key) -> None:
    operations.add_tags(caller, key.pk, [TagPair("env", "prod")])

    assert list(key.tags.names()) == ["env=prod"]
    assert Key.objects.filter(tags__name="env=prod").get() == key
