"""The Create Key form behind the browser: what the server answers to what is posted."""

from typing import Any

import pytest
from django.test import Client

from console.models import Account, RoleAssignment
from keys import operations
from keys.models import Key
from tests.support.people import Person

HTMX = {"HX-Request": "true"}


@pytest.fixture
def create(alice: Person) -> str:
    return f"/console/{alice.project.pk}/kms/keys/create"


def wish(**fields: str) -> dict[str, str]:
    return {"alias": "orders", "key_spec": "AES_256", "key_usage": "ENCRYPT_DECRYPT", "usage_for": "AES_256", **fields}


def test_without_htmx_the_list_says_what_was_done(alice: Person, create: str) -> None:
    answer = alice.client().post(create, wish(), follow=True)

    assert "Key “orders” created successfully." in answer.content.decode()
    assert f'class="new" data-key="{Key.objects.get().pk}"' in answer.content.decode()


def test_htmx_gets_the_toast_the_list_and_the_quota(alice: Person, create: str) -> None:
    headers = {**HTMX, "HX-Current-URL": f"http://testserver{create.removesuffix('/create')}"}

    answer = alice.client().post(create, wish(), headers=headers)

    text = answer.content.decode()
    assert answer["HX-Trigger"] == '{"dialogDone": {}}'
    assert all(part in text for part in ("created successfully", 'id="quota"', 'id="key-list"', "<b>1</b> of 20 used"))


def test_a_wrong_form_answers_422_and_keeps_what_was_typed(alice: Person, create: str) -> None:
    fields = wish(alias="a b", description="two words", **{"tag-7-key": "_sys_x", "tag-7-value": "v"})

    answer = alice.client().post(create, fields, headers=HTMX)

    text = answer.content.decode()
    assert answer.status_code == 422
    assert all(part in text for part in ('value="a b"', "two words", 'value="_sys_x"', 'aria-invalid="true"'))
    assert not Key.objects.exists()


def test_a_usage_chosen_for_another_algorithm_gives_way_to_the_default(alice: Person, create: str) -> None:
    alice.client().post(create, wish(key_spec="RSA_2048"))

    assert Key.objects.get().key_usage == "SIGN_VERIFY"


def test_a_usage_that_comes_alone_is_taken_as_it_is(alice: Person, create: str) -> None:
    alice.client().post(create, {"alias": "orders", "key_spec": "RSA_2048", "key_usage": "ENCRYPT_DECRYPT"})

    assert Key.objects.get().key_usage == "ENCRYPT_DECRYPT"


def test_a_usage_that_the_algorithm_does_not_allow_is_refused(alice: Person, create: str) -> None:
    answer = alice.client().post(create, wish(key_usage="SIGN_VERIFY"))

    assert answer.status_code == 422
    assert "can&#x27;t have this usage" in answer.content.decode()


def test_a_repeated_post_makes_one_key(alice: Person, create: str) -> None:
    for _ in range(2):
        assert alice.client().post(create, wish(token="abc")).status_code == 302

    assert Key.objects.count() == 1


def test_the_quota_reached_is_said_at_the_button_in_the_dialog_and_by_the_server(alice: Person, create: str) -> None:
    Account.objects.filter(pk=alice.account.pk).update(key_quota=0)
    client = alice.client()

    listed, dialog, posted = (
        client.get(create.removesuffix("/create")),
        client.get(create, headers=HTMX),
        client.post(create, wish()),
    )

    assert "Quota reached" in listed.content.decode()
    assert "All 0 keys of the quota are used" in dialog.content.decode()
    assert posted.status_code == 422
    assert "0 of 0 keys are used" in posted.content.decode()


@pytest.mark.parametrize("role", ["", "KMS CMKReadOnlyAccess", "KMS User"])
def test_below_full_access_there_is_no_button_and_a_forged_post_is_403(bob: Person, create: str, role: str) -> None:
    if role:
        RoleAssignment.objects.create(user=bob.user, role=role)
    client = bob.client()

    listed, posted = client.get(create.removesuffix("/create")), client.post(create, wish())

    assert "create-key" not in listed.content.decode()
    assert listed.status_code == (200 if role else 403)
    assert posted.status_code == 403
    text = posted.content.decode()
    assert all(part in text for part in ("kms:cmk:create", "KMS CMKFullAccess", "northwind"))
    assert not Key.objects.exists()


def test_a_post_without_the_csrf_token_makes_nothing(alice: Person, create: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice.user)

    answer = client.post(create, wish(), follow=True)

    assert "out of date" in answer.content.decode()
    assert 'value="orders"' in answer.content.decode()
    assert not Key.objects.exists()


def test_what_was_typed_outlives_the_session(alice: Person, create: str) -> None:
    client = Client()
    asked = client.post(create, wish(alias="kept", description="of mine"))
    kept = asked.context["form"]["kept"].value()

    fields = {"account": "northwind", "user": "northwind", "password": alice.password, "next": create, "kept": kept}
    back = client.post("/sign-in", fields, follow=True)

    text = back.content.decode()
    assert 'value="kept"' in text
    assert "of mine" in text
    assert "of mine" not in client.get(create).content.decode()


@pytest.mark.parametrize(("field", "value", "says"), [
    ("alias", "a b", "letters, digits"),
    ("alias", "", "Enter an alias"),
    ("alias", "x/default", "reserved"),
    ("alias", "taken", "is taken by key"),
    ("description", "x" * 256, "256 characters"),
    ("tag-1-key", "_sys_", "reserved"),
    ("tag-1-value", "*", "tag value"),
])  # fmt: skip
def test_leaving_a_field_tells_its_error_alone(alice: Person, create: str, field: str, value: str, says: str) -> None:
    operations.create_key(alice.caller, alias="taken")
    fields = {**wish(alias="good"), "tag-1-key": "env", "tag-1-value": "x", field: value}

    answer = alice.client().post(f"{create}/check", fields, headers={**HTMX, "HX-Trigger-Name": field})

    text = answer.content.decode()
    assert 'class="error"' in text
    assert says in text


def test_the_list_takes_at_most_eight_queries(alice: Person, create: str, django_assert_max_num_queries: Any) -> None:
    for number in range(20):
        operations.create_key(alice.caller, alias=f"k{number}", tags=[operations.tags.TagPair("env", "prod")])
    client = alice.client()
    address = create.removesuffix("/create")
    client.get(address)

    with django_assert_max_num_queries(8):
        answer = client.get(address)

    assert answer.content.decode().count("data-key=") == 20


def test_adding_a_row_tells_nothing_of_what_is_not_filled_in_yet(alice: Person, create: str) -> None:
    answer = alice.client().post(create, wish(alias="", add_tag="1", **{"tag-1-key": "", "tag-1-value": "x"}))

    text = answer.content.decode()
    assert 'name="tag-2-key"' in text
    assert 'class="error"' not in text
    assert "aria-invalid" not in text
