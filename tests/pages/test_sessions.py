"""Sessions: under an id of their own, listed, ended anywhere at once, and over by themselves."""

from typing import Any

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.test import Client

from console.access.lockout import lockout
from console.models import Session, Token, Trace
from console.operations.accounts import create_account
from console.operations.sessions import sweep_sessions
from console.operations.users import set_password, update_user
from console.sessions import SessionStore, digest_of
from tests.support.people import Person
from tests.support.waiting import age_activity, age_sign_in

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36"


def signed_in(
    person: Person, *, address: str = "192.0.2.7", agent: str = FIREFOX, client: Client | None = None
) -> Client:
    """A browser in which the person signed in by the page."""
    client = client or Client(REMOTE_ADDR=address, headers={"User-Agent": agent})
    fields = {"account": person.account.name, "user": person.user.login, "password": person.password}
    assert client.post("/sign-in", fields).status_code == 302
    return client


def is_in(client: Client, person: Person) -> bool:
    return client.get(f"/console/{person.project.pk}/kms/keys").status_code == 200


def security(client: Client, person: Person) -> str:
    return client.get(f"/console/{person.project.pk}/security").content.decode()


def left(client: Client) -> dict[str, Any]:
    answer = client.get("/session")
    return answer.json() if answer.status_code == 200 else {"left": 0}


# Ids


def test_an_id_that_somebody_planted_before_the_sign_in_opens_nothing_after_it(alice: Person) -> None:
    planted = SessionStore()
    planted["bait"] = 1
    planted.save()
    victim = Client()
    victim.cookies["session"] = str(planted.session_key)

    signed_in(alice, client=victim)

    thief = Client()
    thief.cookies["session"] = str(planted.session_key)
    assert is_in(victim, alice)
    assert not is_in(thief, alice)
    assert victim.session.session_key != planted.session_key
    assert not Session.objects.filter(digest=digest_of(str(planted.session_key))).exists()


def test_a_made_up_id_is_never_taken_over(alice: Person) -> None:
    client = Client()
    client.cookies["session"] = "a" * 32

    signed_in(alice, client=client)

    assert client.session.session_key != "a" * 32


def test_signing_in_anew_and_more_rights_change_the_id(alice: Person, bob: Person) -> None:
    client = signed_in(bob)
    ids = [client.session.session_key]
    signed_in(bob, client=client)
    ids.append(client.session.session_key)
    update_user(alice.caller, bob.user, is_owner=True)
    client.get("/session")
    ids.append(client.session.session_key)

    assert len({*ids}) == 3
    assert is_in(client, bob)
    assert Session.objects.filter(user=bob.user).count() == 1
    old = Client()
    old.cookies["session"] = str(ids[1])
    assert not is_in(old, bob)


def test_a_new_id_prolongs_nothing(alice: Person) -> None:
    client = signed_in(alice)
    age_sign_in(alice.user, minutes=11 * 60)
    before = Session.objects.get(user=alice.user)
    new = "a-much-better-one-9"
    fields = {"old_password": alice.password, "new_password1": new, "new_password2": new}

    client.post(f"/console/{alice.project.pk}/password", fields)

    after = Session.objects.get(user=alice.user)
    assert after.digest != before.digest
    assert (after.begun_at, after.expires_at) == (before.begun_at, before.expires_at)


def test_what_lies_in_the_database_is_no_cookie(alice: Person) -> None:
    client = signed_in(alice)
    row = Session.objects.get(user=alice.user)

    thief = Client()
    thief.cookies["session"] = row.digest[:40]

    assert str(client.session.session_key) not in str(Session.objects.values().get(pk=row.pk))
    assert not is_in(thief, alice)


# Listed and ended


def test_the_page_tells_where_one_is_signed_in(alice: Person, bob: Person) -> None:
    here, _there = signed_in(alice), signed_in(alice, address="198.51.100.9", agent=CHROME)
    signed_in(bob, address="203.0.113.5")

    page = security(here, alice)

    assert page.index("Firefox on Linux") < page.index("This session") < page.index("Chrome on Windows")
    assert "192.0.2.7" in page
    assert "198.51.100.9" in page
    assert "203.0.113.5" not in page
    assert Trace.objects.filter(name="signIn", user_name="northwind/northwind", source_ip="198.51.100.9").exists()


def test_one_session_or_all_others_end_at_once(alice: Person) -> None:
    here, there, elsewhere = signed_in(alice), signed_in(alice, agent=CHROME), signed_in(alice)
    end = f"/console/{alice.project.pk}/security/sessions/end"

    here.post(end, {"session": digest_of(str(there.session.session_key))})
    assert [is_in(one, alice) for one in (here, there, elsewhere)] == [True, False, True]

    assert "1 other session has ended." in here.post(end, follow=True).content.decode()
    assert [is_in(one, alice) for one in (here, elsewhere)] == [True, False]
    assert "Sign out everywhere else" not in security(here, alice)
    assert [*Trace.objects.filter(name__startswith="endSession").values_list("name", flat=True)] == [
        "endSession",
        "endSessions",
    ]


def test_nobody_ends_the_session_of_another(alice: Person, charlie: Person) -> None:
    victim = signed_in(alice)
    digest = digest_of(str(victim.session.session_key))

    answer = signed_in(charlie).post(f"/console/{charlie.project.pk}/security/sessions/end", {"session": digest})
    neighbour = charlie.client().post(f"/console/{charlie.project.pk}/users/{alice.user.pk}/sessions/end")

    assert (answer.status_code, neighbour.status_code) == (404, 404)
    assert is_in(victim, alice)


def test_an_administrator_of_users_ends_a_users_sessions_and_tokens(alice: Person, bob: Person) -> None:
    victim, owner = signed_in(bob), alice.client()
    Token.objects.create(digest="0" * 64, user=bob.user, issued_at="2026-01-01T00:00Z", expires_at="2099-01-01T00:00Z")
    page = f"/console/{alice.project.pk}/users/{bob.user.pk}"
    assert "Firefox on Linux" in owner.get(page).content.decode()
    assert victim.post(f"{page}/sessions/end").status_code == 403

    owner.post(f"{page}/sessions/end")

    assert not is_in(victim, bob)
    assert not Token.objects.exists()
    assert "Not signed in anywhere." in owner.get(page).content.decode()


def test_an_administrator_of_the_server_ends_them_and_unlocks(alice: Person) -> None:
    victim, administrator = signed_in(alice), Client()
    administrator.force_login(create_account(None, name="admin", is_superuser=True).user)
    for _ in range(5):
        lockout.admit(alice.user.username, "192.0.2.7")
    page = f"/admin/console/user/{alice.user.pk}/release/"
    shown = administrator.get(page).content.decode()

    administrator.post(page)

    assert "Signed in 1 time." in shown
    assert "Locked out from 192.0.2.7" in shown
    assert not is_in(victim, alice)
    signed_in(alice)
    assert alice.client().post(page).status_code == 403


@pytest.mark.parametrize("change", ["password", "disabled"])
def test_a_new_password_and_disabling_leave_no_session(alice: Person, bob: Person, change: str) -> None:
    signed_in(bob)

    if change == "password":
        set_password(alice.caller, bob.user, "another long passphrase")
    else:
        update_user(alice.caller, bob.user, is_active=False)

    assert not Session.objects.filter(user=bob.user).exists()


def test_a_session_that_ended_meanwhile_is_not_written_anew(alice: Person) -> None:
    client = signed_in(alice)
    store = SessionStore(str(client.session.session_key))
    store["typed"] = 1
    Session.objects.all().delete()

    with pytest.raises(UpdateError):
        store.save()

    assert not Session.objects.exists()


# Over by itself


def test_an_hour_of_nothing_ends_it(alice: Person, settings: Any) -> None:
    settings.SESSION_IDLE = 30
    client = signed_in(alice)
    age_activity(alice.user, minutes=29)
    assert left(client)["left"] <= 61
    assert is_in(client, alice)
    assert left(client)["left"] > 29 * 60

    age_activity(alice.user, minutes=30.1)
    assert not is_in(client, alice)


def test_what_the_page_asks_by_itself_is_no_sign_of_life_but_the_click_is(alice: Person) -> None:
    client = signed_in(alice)
    age_activity(alice.user, minutes=58.5)

    first, second = left(client), left(client)
    assert second["left"] <= first["left"] <= 91
    assert first["can_stay"] is True
    stayed = client.post("/session").json()

    assert stayed["left"] > 59 * 60


def test_twelve_hours_end_it_whatever_is_done(alice: Person) -> None:
    client = signed_in(alice)
    age_sign_in(alice.user, minutes=12 * 60 - 1)

    assert client.post("/session").json()["left"] <= 61
    assert left(client)["can_stay"] is False
    session = client.session
    session["kept"] = {"path": "/", "fields": ""}
    session.save()
    assert left(client)["left"] <= 61
    assert client.get("/session").status_code == 200

    age_sign_in(alice.user, minutes=1.1)
    assert not is_in(client, alice)
    assert sweep_sessions() == 1


def test_being_seen_is_written_once_a_minute_at_most(alice: Person) -> None:
    client = signed_in(alice)
    written = Session.objects.get(user=alice.user).seen_at
    is_in(client, alice)
    assert Session.objects.get(user=alice.user).seen_at == written

    age_activity(alice.user, minutes=1)
    is_in(client, alice)

    assert Session.objects.get(user=alice.user).seen_at > written


def test_the_cookie_goes_when_the_session_does(alice: Person) -> None:
    client = signed_in(alice)
    cookie = client.cookies["session"]

    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert 12 * 3600 - 60 <= int(cookie["max-age"]) <= 12 * 3600
