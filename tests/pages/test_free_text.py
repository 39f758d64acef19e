"""Every text that is free to be anything is shown as it was typed: markup, templates, quotes, right-to-left, 4-byte."""

from collections.abc import Callable
from html import escape

import pytest

from console.operations.enterprise import create_enterprise_project
from console.operations.places import describe_project
from keys import operations
from tests.support.people import Person

TEXTS = {
    "markup": "<script>alert(1)</script><b>&amp;",
    "template": "{{ 7|add:7 }} {% now 'Y' %} {# x #}",
    "quotes": "\"double\" 'single' `back` \\",
    "right to left": "abc עברית العربية",
    "4-byte": "😀 𝒳 🇩🇪",
    "percent": "100% %(name)s %s",
}
Put = Callable[[Person, str], str]


def described_key(person: Person, text: str) -> str:
    key = operations.create_key(person.caller, alias="orders", description=text)
    return f"kms/keys/{key.pk}"


def edited_key(person: Person, text: str) -> str:
    key = operations.create_key(person.caller, alias="orders")
    address = f"kms/keys/{key.pk}"
    person.client().post(f"/console/{person.project.pk}/{address}/description", {"text": text})
    return address


def exported_key(person: Person, text: str) -> str:
    operations.create_key(person.caller, alias="orders", description=text)
    return "kms/keys.csv"


def enterprise_project(person: Person, text: str) -> str:
    create_enterprise_project(person.caller, name=text, description=text)
    return "enterprise-projects"


def enterprise_project_of_the_filter(person: Person, text: str) -> str:
    made = create_enterprise_project(person.caller, name=text)
    operations.create_key(person.caller, alias="orders", enterprise_project=made.eps_id)
    return f"kms/keys?enterprise_project={made.eps_id}"


def described_project(person: Person, text: str) -> str:
    describe_project(person.caller, person.project, text)
    return "projects"


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize(
    "put", [described_key, edited_key, enterprise_project, enterprise_project_of_the_filter, described_project]
)
def test_a_free_text_is_shown_as_it_was_typed(alice: Person, put: Put, name: str) -> None:
    text = TEXTS[name]

    answer = alice.client().get(f"/console/{alice.project.pk}/{put(alice, text)}")

    assert answer.status_code == 200
    page = answer.content.decode()
    assert escape(text) in page
    assert "<script>alert" not in page


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("address", ["kms/keys?words=", "traces?user=", "users?words=", "kms/keys?tag="])
def test_what_was_searched_for_is_shown_as_it_was_typed(alice: Person, address: str, name: str) -> None:
    text = TEXTS[name]
    path, _mark, field = address.partition("?")

    answer = alice.client().get(f"/console/{alice.project.pk}/{path}", {field.rstrip("="): text})

    assert answer.status_code == 200
    assert escape(text.strip()) in answer.content.decode()


@pytest.mark.parametrize("name", TEXTS)
def test_an_export_holds_the_text_itself(alice: Person, name: str) -> None:
    answer = alice.client().get(f"/console/{alice.project.pk}/{exported_key(alice, TEXTS[name])}")

    assert TEXTS[name].replace('"', '""') in answer.content.decode()
