"""The page Security and its dialogs, and an account that asks everyone for a second factor."""

import html
import json
import re
from typing import Any

import pyotp
import pytest
from django.test import Client

from console.models import Account, Authenticator, Passkey, Session, Trace, User
from console.operations.people import give_role
from console.operations.roles import RoleWish
from console.operations.second_factor_rules import require_second_factor
from console.sessions import SessionStore
from tests.support.devices import LOCALHOST, SecurityKey, with_app, with_passkey
from tests.support.people import Person


def at(person: Person, page: str = "") -> str:
    return f"/console/{person.project.pk}/security{page}"


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def codes_in(page: str) -> list[str]:
    return re.findall(r"<li>([a-z2-9-]{19})</li>", page)


def secret_in(page: str) -> str:
    found: list[str] = re.findall(r'data-copy="([A-Z2-7]{32})"', page)
    return found[0]


def options_in(page: str) -> Any:
    return json.loads(html.unescape(re.findall(r'data-options="([^"]+)"', page)[0]))


@pytest.fixture
def everyone(alice: Person) -> None:
    """Northwind asks everyone for a second factor, and Alice has one."""
    with_app(alice)
    require_second_factor(alice.caller, needed=True)


# Setting up


def test_an_app_is_set_up_and_recovery_codes_are_shown_once(bob: Person) -> None:
    client, address = bob.client(), at(bob, "/authenticator")
    assert "Not set up" in shown(client, at(bob))

    begun = client.post(address, {"password": bob.password})
    page = begun.content.decode()
    secret = secret_in(page)
    assert '<svg viewBox="' in page
    assert "style=" not in page
    wrong = client.post(address, {"code": "12345"})
    assert wrong.status_code == 422
    assert secret_in(wrong.content.decode()) == secret
    done = client.post(address, {"code": pyotp.TOTP(secret).now()})

    codes = codes_in(done.content.decode())
    assert len(codes) == 10
    assert "no-store" in done["Cache-Control"]
    after = shown(client, at(bob))
    assert "10 of 10 left" in after
    assert not any(code in after for code in codes)
    kept = json.dumps([SessionStore().decode(one.session_data) for one in Session.objects.all()])
    assert not any(word in kept for word in (secret, bob.password, *codes))


def test_a_code_without_a_setup_begins_it(bob: Person) -> None:
    answer = bob.client().post(at(bob, "/authenticator"), {"code": "123456"})

    assert answer.status_code == 422
    assert "Begin again." in answer.content.decode()
    assert "Your password" in answer.content.decode()


def test_secrets_posted_by_nobody_are_not_kept(alice: Person, client: Client) -> None:
    code = with_app(alice).codes[0]

    for page, fields in (("/recovery-codes/file", {"codes": code}), ("/authenticator", {"code": code})):
        assert code not in client.post(at(alice, page), fields).content.decode()


def test_the_codes_are_downloaded_as_they_are_shown(bob: Person) -> None:
    codes = with_app(bob).codes

    file = bob.client().post(at(bob, "/recovery-codes/file"), {"codes": "\r\n".join([*codes, "<script>"])})

    assert file["Content-Disposition"] == 'attachment; filename="recovery-codes.txt"'
    assert file.content.decode().splitlines()[2:] == codes


def test_a_passkey_is_added_and_listed(bob: Person, settings: Any) -> None:
    settings.PUBLIC_URL = LOCALHOST
    client, address = bob.client(), at(bob, "/passkeys/add")
    key = SecurityKey()
    asked = client.post(address, {"name": "Blue <b>key</b>", "password": bob.password}).content.decode()

    done = client.post(address, {"credential": key.create(options_in(asked))})

    assert len(codes_in(done.content.decode())) == 10
    page = shown(client, at(bob))
    assert "Blue &lt;b&gt;key&lt;/b&gt;" in page
    again = client.post(address, {"credential": key.create(options_in(asked))})
    assert again.status_code == 422
    assert Passkey.objects.count() == 1


def test_a_passkey_asked_for_elsewhere_is_not_added(alice: Person, bob: Person, settings: Any) -> None:
    settings.PUBLIC_URL = LOCALHOST
    asked = alice.client().post(at(alice, "/passkeys/add"), {"name": "x", "password": alice.password}).content.decode()

    answer = bob.client().post(at(bob, "/passkeys/add"), {"credential": SecurityKey().create(options_in(asked))})

    assert answer.status_code == 422
    assert not Passkey.objects.exists()


@pytest.mark.parametrize("page", ["/authenticator", "/authenticator/remove", "/recovery-codes", "/passkeys/add"])
def test_without_the_password_nothing_is_shown_or_changed(alice: Person, page: str, settings: Any) -> None:
    settings.PUBLIC_URL = LOCALHOST
    with_app(alice)
    client, before = alice.client(), Authenticator.objects.values().get()

    for password, said in (("", "Enter your password."), ("wrong", "This is not your password.")):
        answer = client.post(at(alice, page), {"name": "Phone", "password": password})
        assert answer.status_code == 422
        assert said in answer.content.decode()
        assert "data-copy" not in answer.content.decode()
    assert Authenticator.objects.values().get() == before


def test_all_of_it_is_removed_again(alice: Person, settings: Any) -> None:
    settings.PUBLIC_URL = LOCALHOST
    with_app(alice)
    with_passkey(alice)
    client, password = alice.client(), {"password": alice.password}

    assert len(codes_in(client.post(at(alice, "/recovery-codes"), password).content.decode())) == 10
    assert client.post(at(alice, "/authenticator/remove"), password).status_code == 302
    passkey = Passkey.objects.get()
    assert "Remove passkey" in shown(client, at(alice, f"/passkeys/{passkey.pk}/remove"))
    gone = client.post(at(alice, f"/passkeys/{passkey.pk}/remove"), password, follow=True)

    assert "removed." in gone.content.decode()
    assert not User.objects.get(pk=alice.user.pk).has_second_factor


def test_anothers_passkey_is_not_found(alice: Person, bob: Person, charlie: Person, settings: Any) -> None:
    settings.PUBLIC_URL = LOCALHOST
    with_passkey(alice)
    passkey = Passkey.objects.get()

    for stranger in (bob, charlie):
        address, fields = at(stranger, f"/passkeys/{passkey.pk}/remove"), {"password": stranger.password}
        assert stranger.client().get(address).status_code == 404
        assert stranger.client().post(address, fields).status_code == 404
    assert Passkey.objects.exists()


def test_where_browsers_know_no_passkeys_none_is_offered(alice: Person) -> None:
    assert "Browsers know no passkeys" in shown(alice.client(), at(alice))


# Everyone


def test_who_has_none_is_led_to_it_and_opens_nothing_else_before(everyone: None, bob: Person) -> None:
    client, address = bob.client(), f"/console/{bob.project.pk}/password?x=1"

    assert client.get(address)["Location"] == at(bob)
    assert client.get("/admin/")["Location"].endswith("/security")
    assert client.get(address, headers={"HX-Request": "true"})["HX-Redirect"] == at(bob)
    changed = client.post(f"/console/{bob.project.pk}/access-keys/create")
    assert changed["Location"] == at(bob)
    assert not bob.user.access_keys.exists()
    assert "until then no other page opens" in shown(client, at(bob))
    assert client.get("/session").status_code == 200
    assert client.post("/sign-out").status_code == 302


def test_once_it_is_set_up_he_goes_on_where_he_wanted_to(everyone: None, alice: Person, bob: Person) -> None:
    give_role(alice.caller, bob.user, RoleWish("KMS Administrator"))
    client, address = bob.client(), f"/console/{bob.project.pk}/kms/keys/create"
    client.post(address, {"alias": "orders", "password": "never kept"})
    begun = client.post(at(bob, "/authenticator"), {"password": bob.password}).content.decode()

    client.post(at(bob, "/authenticator"), {"code": pyotp.TOTP(secret_in(begun)).now()})

    assert f'href="{address}"' in shown(client, at(bob))
    assert 'value="orders"' in shown(client, address)


def test_nobody_removes_his_last_one_then(everyone: None, alice: Person) -> None:
    answer = alice.client().post(at(alice, "/authenticator/remove"), {"password": alice.password})

    assert answer.status_code == 422
    assert "asks everyone for a second factor" in answer.content.decode()
    assert Authenticator.objects.exists()


def test_neighbours_are_asked_for_nothing(everyone: None, charlie: Person) -> None:
    assert charlie.client().get(f"/console/{charlie.project.pk}/kms/keys").status_code == 200


# Administrators


def test_an_administrator_asks_everyone_and_leaves_it_to_each_again(alice: Person, bob: Person) -> None:
    client, address = alice.client(), f"/console/{alice.project.pk}/users/second-factor"
    wish = {"to": "on"}
    assert "second factor of your own first" in client.post(address, wish).content.decode()
    with_app(alice)

    client.post(address, wish)

    assert Account.objects.get(pk=alice.account.pk).needs_second_factor
    page = shown(client, f"/console/{alice.project.pk}/users")
    assert "Everyone needs a second factor." in page
    assert "Set up by 1 of 2." in page
    client.post(address, {"to": "off"})
    assert not Account.objects.get(pk=alice.account.pk).needs_second_factor
    assert bob.client().get(address).status_code == 403
    assert bob.client().post(address, wish).status_code == 403


def test_an_administrator_sees_and_takes_away_what_a_user_has(alice: Person, bob: Person, charlie: Person) -> None:
    with_app(bob)
    client, page = alice.client(), f"/console/{alice.project.pk}/users/{bob.user.pk}"
    assert "Recovery codes left" in shown(client, page)
    stranger = f"/console/{charlie.project.pk}/users/{bob.user.pk}/second-factor"
    assert charlie.client().post(stranger).status_code == 404
    assert User.objects.get(pk=bob.user.pk).has_second_factor

    gone = client.post(f"{page}/second-factor", follow=True)

    assert "bob has no second factor any more." in gone.content.decode()
    assert not User.objects.get(pk=bob.user.pk).has_second_factor
    assert Trace.objects.filter(name="disableSecondFactor", status=200, resource_name="northwind/bob").exists()
    assert "bob has no second factor." in shown(client, f"{page}/second-factor")
