"""Parts of pages that are rendered once: never another reader's, never older than what they show."""

import re

import pytest
from django.template import Context, Template
from django.test import Client
from django.utils import timezone, translation
from django.utils.safestring import mark_safe

from console.models import Account, EnterpriseProject, Region
from console.views.pages import icons
from keys import operations
from keys.models import Key
from keys.operations.tags import TagPair
from tests.support.people import Person


def rendered(text: str, **values: object) -> str:
    return Template(text).render(Context(values))


def shown(client: Client, person: Person, page: str = "keys") -> str:
    return client.get(f"/console/{person.project.pk}/kms/{page}").content.decode()


def test_a_part_knows_what_it_was_given_and_what_is_anew_all() -> None:
    text = "{{ name }}{{ twice }}{{ number }}{% anew %}{{ number }}{% endanew %}"
    part = Template("{% once name twice=number|add:number %}" + text + "{% endonce %}")

    assert part.render(Context({"name": "a", "number": 1})) == "a21"
    assert part.render(Context({"name": "a", "number": 2})) == "a42"
    assert part.render(Context({"name": "b", "number": 2})) == "b42"
    assert rendered("{% once %}{{ icons }}{% endonce %}") == icons()


def test_what_is_marked_as_safe_is_another_text_than_what_is_not() -> None:
    part = Template("{% once name %}{{ name }}{% endonce %}")

    assert part.render(Context({"name": mark_safe("<b>")})) == "<b>"
    assert part.render(Context({"name": "<b>"})) == "&lt;b&gt;"
    assert part.render(Context({"name": 1})) == "1"
    assert part.render(Context({"name": True})) == "True"


def test_no_value_makes_a_place_that_is_filled() -> None:
    part = "{% once name %}{{ name }}{% anew %}secret{% endanew %}{% endonce %}"

    assert rendered(part, name="<anew 0>") == "&lt;anew 0&gt;secret"


def test_a_part_is_rendered_for_each_language_and_time_zone() -> None:
    part = Template("{% once at %}{% translate 'Keys' %} {{ at|moment }}{% endonce %}")
    at, seen = Context({"at": timezone.now()}), set()
    for language in ("en", "zh-hans"):
        for zone in ("UTC", "Asia/Shanghai"):
            with translation.override(language), timezone.override(zone):
                seen.add(part.render(at))

    assert len(seen) == 4


def test_a_row_is_no_value_since_it_stays_equal_when_it_changes() -> None:
    with pytest.raises(TypeError, match="row"):
        rendered("{% once account %}{{ account.name }}{% endonce %}", account=Account(name="northwind"))


def test_neither_users_nor_accounts_are_mixed(alice: Person, reading: Client, charlie: Person) -> None:
    for _ in range(2):
        hers, his, theirs = shown(alice.client(), alice), shown(reading, alice), shown(charlie.client(), charlie)

        assert "northwind / northwind" in hers
        assert 'id="create-key"' in hers
        assert "northwind / bob" in his
        assert 'id="create-key"' not in his
        assert "southwind / southwind" in theirs
        assert alice.project.pk not in theirs


def test_a_page_follows_what_it_shows(alice: Person) -> None:
    client = alice.client()
    before = shown(client, alice)
    operations.create_key(alice.caller, alias="orders", tags=[TagPair("stage", "prod")])
    Region.objects.filter(pk=alice.project.region_id).update(name="Elsewhere")
    Account.objects.filter(pk=alice.account.pk).update(key_quota=7)
    EnterpriseProject.objects.create(account=alice.account, name="Payroll")
    after = shown(client, alice)

    for text in ("Elsewhere", "<b>1</b> of 7 used", ">Payroll</option>", 'value="tag=stage"', ">orders<"):
        assert text not in before
        assert text in after


def test_a_line_of_the_list_follows_its_key(alice: Person) -> None:
    key = operations.create_key(alice.caller, alias="orders", tags=[TagPair("stage", "prod")])
    client = alice.client()
    before = shown(client, alice)
    operations.update_alias(alice.caller, key.pk, "invoices")
    operations.add_tags(alice.caller, key.pk, [TagPair("stage", "test")])
    EnterpriseProject.objects.filter(account=alice.account).update(name="Payroll")
    Key.objects.filter(pk=key.pk).update(state=3)
    after = shown(client, alice)

    assert ">orders<" in before
    assert ">orders<" not in after
    for text in (">invoices<", "<span>test</span>", '<td class="c-project">Payroll</td>', '"status disabled"'):
        assert text not in before
        assert text in after


def test_each_page_has_tokens_of_its_own_and_its_own_address(alice: Person) -> None:
    client = alice.client()
    first, second = shown(client, alice, "keys?rows=10"), shown(client, alice, "keys?rows=50")

    token = re.compile(r'name="csrfmiddlewaretoken" value="(\w{64})"')
    assert token.findall(first)
    assert not set(token.findall(first)) & set(token.findall(second))
    assert f'name="next" value="/console/{alice.project.pk}/kms/keys?rows=50"' in second
