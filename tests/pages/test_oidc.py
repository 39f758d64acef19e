"""Single sign-on, with a real provider on this machine: who comes in, as whom, and what is not believed."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from joserfc.jwk import OctKey, RSAKey

from console.access import oidc
from console.models import Identity, Session, Trace, User
from console.operations.identities import link
from console.operations.users import create_user, update_user
from tests.support.people import Person
from tests.support.provider import Provider, now, provider, query_of
from tests.support.waiting import age_sign_in

pytestmark = pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning")  # the provider's own
CLIENT = "kms"
HOME = "/"


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with provider() as one:
        yield one


@pytest.fixture
def idp(running: Provider, settings: Any, alice: Person, tmp_path: Any) -> Iterator[Provider]:
    """The provider, as this server is set up for it: its people live in `northwind`."""
    secret = tmp_path / "client-secret"
    secret.write_text("a secret of the client\n")
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID = running.issuer, CLIENT
    settings.OIDC_CLIENT_SECRET_FILE, settings.OIDC_ACCOUNT = str(secret), "northwind"
    settings.OIDC_NAME = "Northwind ID"
    running.as_before()
    oidc.forget()
    yield running
    oidc.forget()


def begun(client: Client, **query: str) -> str:
    """Where the button leads to."""
    answer = client.get("/sign-in/oidc", query)
    assert answer.status_code == 302, answer.content
    return answer["Location"]


def come_back(client: Client, address: str) -> Any:
    """What the server answers to who is sent back."""
    return client.get("/sign-in/oidc/callback", query_of(address))


def sign_in(client: Client, idp: Provider, subject: str, **query: str) -> Any:
    return come_back(client, idp.vouch(begun(client, **query), subject))


def user_of(client: Client) -> User | None:
    found = client.session.get("_auth_user_id")
    return User.objects.get(pk=found) if found else None


def test_the_sign_in_page_offers_the_provider_only_where_there_is_one(idp: Provider, client: Client, settings: Any):
    assert "Northwind ID" in client.get("/sign-in").content.decode()
    assert 'href="/sign-in/oidc?next=%2Fconsole%2Fx"' in client.get("/sign-in?next=/console/x").content.decode()

    settings.OIDC_ISSUER = ""
    assert "/sign-in/oidc" not in client.get("/sign-in").content.decode()
    assert client.get("/sign-in/oidc").status_code == 404
    assert client.get("/sign-in/oidc/callback").status_code == 404


def test_who_comes_first_is_made_a_user_without_roles_or_password(idp: Provider, client: Client):
    idp.know("sub-1", preferred_username="ana")

    answer = sign_in(client, idp, "sub-1", next="/confirm")

    assert answer["Location"] == "/confirm"
    ana = User.objects.get(username="northwind/ana")
    assert user_of(client) == ana
    assert not ana.has_usable_password()
    assert not ana.role_assignments.exists()
    assert not any([ana.is_owner, ana.is_staff, ana.is_superuser])
    assert Identity.objects.get(user=ana).subject == "sub-1"
    assert Session.objects.get(user=ana).method == "oidc"
    assert {*Trace.objects.values_list("name", flat=True)} >= {"createUser", "signIn"}
    assert client.post("/sign-in", {"account": "northwind", "user": "ana", "password": ""}).status_code == 422


def test_the_flow_has_state_nonce_and_a_challenge_whose_verifier_is_sent_once(idp: Provider, client: Client):
    asked = query_of(begun(client))

    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 20
    come_back(client, idp.vouch(begun(client), "sub-1"))
    (sent,) = idp.between.asked
    assert len(sent["code_verifier"][0]) >= 43
    assert asked["redirect_uri"] == sent["redirect_uri"][0] == "http://127.0.0.1:8000/sign-in/oidc/callback"


def test_a_person_is_his_subject_whatever_he_is_called(idp: Provider, client: Client):
    idp.know("sub-1", preferred_username="ana")
    sign_in(client, idp, "sub-1")
    idp.know("sub-1", preferred_username="anna", email="bob@example.org")

    other = Client()
    sign_in(other, idp, "sub-1")

    assert user_of(other) == user_of(client)
    assert User.objects.filter(login__startswith="an").count() == 1


@pytest.mark.parametrize("name", ["northwind", "NORTHWIND", "NorthWind"])
def test_nobody_becomes_a_user_who_is_there(idp: Provider, client: Client, name: str):
    idp.know("sub-2", preferred_username=name)

    answer = sign_in(client, idp, "sub-2")

    assert answer.status_code == 403
    assert "There is a user" in answer.content.decode()
    assert "sub-2" in answer.content.decode()
    assert user_of(client) is None
    assert not Identity.objects.exists()


@pytest.mark.parametrize("name", ["\u212aim", "an a", "", "ana/ana", "\u0430na", "x" * 65])
def test_a_name_that_would_have_to_be_folded_is_refused(idp: Provider, client: Client, name: str):
    idp.know("sub-3", preferred_username=name)

    answer = sign_in(client, idp, "sub-3")

    assert answer.status_code == 403
    assert User.objects.count() == 1


def test_subjects_differ_by_case(idp: Provider, client: Client):
    idp.know("Sub", preferred_username="ana")
    idp.know("sub", preferred_username="ana")
    sign_in(client, idp, "Sub")

    answer = sign_in(Client(), idp, "sub")

    assert answer.status_code == 403


def test_an_administrator_links_a_user_who_then_comes_in_as_that_user(idp: Provider, alice: Person, bob: Person):
    owner, client = alice.client(), Client()
    idp.know("sub-4", preferred_username="bob")
    assert sign_in(client, idp, "sub-4").status_code == 403
    page = f"/console/{alice.project.pk}/users/{bob.user.pk}"

    owner.post(f"{page}/link", {"subject": "sub-4"})
    sign_in(client, idp, "sub-4")

    assert user_of(client) == bob.user
    assert "sub-4" in owner.get(page).content.decode()
    taken = owner.post(f"/console/{alice.project.pk}/users/{alice.user.pk}/link", {"subject": "sub-4"})
    assert "linked to another user" in taken.content.decode()

    owner.post(f"{page}/link/{Identity.objects.get().pk}/end")
    assert sign_in(Client(), idp, "sub-4").status_code == 403


def test_who_has_no_password_is_not_unlinked_and_gets_none(idp: Provider, alice: Person, client: Client):
    idp.know("sub-5", preferred_username="ana")
    sign_in(client, idp, "sub-5")
    ana, owner = User.objects.get(login="ana"), alice.client()
    page = f"/console/{alice.project.pk}/users/{ana.pk}"

    unlinked = owner.post(f"{page}/link/{Identity.objects.get().pk}/end")
    given = owner.post(f"{page}/password", {"password": "a long enough passphrase"})

    assert "could not sign in any more" in unlinked.content.decode()
    assert "has no password here" in given.content.decode()
    assert Identity.objects.count() == 1
    assert "You sign in by single sign-on" in client.get(f"/console/{alice.project.pk}/password").content.decode()


def test_a_disabled_user_does_not_come_in(idp: Provider, alice: Person, client: Client):
    idp.know("sub-6", preferred_username="ana")
    sign_in(client, idp, "sub-6")
    update_user(alice.caller, User.objects.get(login="ana"), is_active=False)

    answer = sign_in(Client(), idp, "sub-6")

    assert answer.status_code == 403
    assert "You may not sign in here" in answer.content.decode()
    assert client.get(f"/console/{alice.project.pk}/security").status_code == 302


def test_an_account_that_there_is_not_is_told(idp: Provider, client: Client, settings: Any):
    settings.OIDC_ACCOUNT = "nowhere"

    assert "no account “nowhere”" in sign_in(client, idp, "sub-7").content.decode()


WRONG = {
    "another issuer": {"iss": "https://evil.example"},
    "another audience": {"aud": "another-client"},
    "two audiences without a party": {"aud": [CLIENT, "another-client"]},
    "another party": {"azp": "another-client"},
    "expired": {"exp": now() - 3600, "iat": now() - 7200},
    "made in the future": {"iat": now() + 3600},
    "another nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "no subject": {"sub": None},
    "no issuer": {"iss": None},
    "no audience": {"aud": None},
    "no expiry": {"exp": None},
    "a subject that is none": {"sub": ["sub-1"]},
    "a subject too long": {"sub": "x" * 256},
    "a subject with NUL": {"sub": "a\0b"},
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG.keys())
def test_a_token_that_is_signed_and_says_something_else_is_not_believed(
    idp: Provider, client: Client, change: dict[str, Any], caplog: Any
):
    def changed(claims: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in {**claims, **change}.items() if value is not None}

    idp.know("sub-1", preferred_username="ana")
    idp.between.claims = changed

    answer = sign_in(client, idp, "sub-1")

    assert answer.status_code == 400
    assert "Northwind ID did not vouch for you." in answer.content.decode()
    assert user_of(client) is None
    assert User.objects.count() == 1
    assert "eyJ" not in caplog.text


def test_a_token_signed_by_another_key_or_by_none_is_not_believed(idp: Provider, client: Client):
    idp.know("sub-1", preferred_username="ana")
    idp.between.key = RSAKey.generate_key(2048)
    assert sign_in(client, idp, "sub-1").status_code == 400

    idp.as_before()
    idp.between.key, idp.between.algorithm = OctKey.import_key("a secret of the client"), "HS256"
    assert sign_in(client, idp, "sub-1").status_code == 400

    idp.as_before()
    idp.between.algorithm = "none"
    idp.between.metadata = {"id_token_signing_alg_values_supported": ["none", "HS256", "RS256"]}
    oidc.forget()
    assert sign_in(client, idp, "sub-1").status_code == 400
    assert User.objects.count() == 1


def test_a_provider_that_names_another_issuer_or_plain_addresses_is_not_asked(idp: Provider, client: Client):
    for metadata in ({"issuer": "https://evil.example"}, {"token_endpoint": "http://evil.example/token"}):
        idp.between.metadata = metadata
        oidc.forget()

        assert client.get("/sign-in/oidc").status_code == 400


def test_a_provider_that_failed_is_not_asked_again_at_once(idp: Provider, client: Client):
    idp.between.metadata, before = {"issuer": "https://evil.example"}, idp.between.looked_at

    for _ in range(3):
        assert client.get("/sign-in/oidc").status_code == 400

    assert idp.between.looked_at == before + 1


def test_a_name_that_is_not_in_the_token_is_asked_of_the_provider(idp: Provider, client: Client):
    idp.know("sub-1", preferred_username="ana")
    idp.between.claims = lambda claims: {name: one for name, one in claims.items() if name != "preferred_username"}

    sign_in(client, idp, "sub-1", next=f"/{'x' * 5000}")

    assert user_of(client) == User.objects.get(login="ana")


def test_only_the_browser_that_began_ends_it_and_only_once(idp: Provider, client: Client):
    address = idp.vouch(begun(client), "sub-1")
    asked = query_of(address)

    assert come_back(Client(), address).status_code == 400
    answer = client.get("/sign-in/oidc/callback", {**asked, "state": asked["state"][::-1]})
    assert answer.status_code == 400
    assert come_back(client, address).status_code == 400  # the flow was over with the wrong state

    address = idp.vouch(begun(client), "sub-1")
    client.cookies["oidc"] = client.cookies["oidc"].value[:-1] + "x"
    assert come_back(client, address).status_code == 400

    address = idp.vouch(begun(client), "sub-1")
    assert come_back(client, address).status_code == 302
    assert come_back(client, address).status_code == 400


def test_what_the_provider_refuses_is_told_and_nothing_of_it_is_shown(idp: Provider, client: Client):
    state = query_of(begun(client))["state"]

    answer = client.get(
        "/sign-in/oidc/callback", {"error": "access_denied", "error_description": "<b>x</b>", "state": state}
    )

    assert answer.status_code == 400
    assert "<b>x</b>" not in answer.content.decode()


@pytest.mark.parametrize("address", ["//evil.example", "https://evil.example/", "\\\\evil.example"])
def test_nobody_is_led_elsewhere(idp: Provider, client: Client, address: str):
    assert sign_in(client, idp, "sub-1", next=address)["Location"] == HOME


def test_signing_out_leads_to_the_providers_own_end(idp: Provider, client: Client):
    idp.know("sub-1", preferred_username="ana")
    sign_in(client, idp, "sub-1")

    page = client.post("/sign-out").content.decode()

    assert f"{idp.issuer}/oauth2/end_session?" in page
    assert "post_logout_redirect_uri=http%3A%2F%2F127.0.0.1%3A8000%2Fsign-in" in page
    assert user_of(client) is None
    idp.between.metadata = {"end_session_endpoint": None}
    oidc.forget()
    sign_in(client, idp, "sub-1")
    assert client.post("/sign-out")["Location"] == "/sign-in"


def test_who_has_no_password_proves_himself_at_the_provider(idp: Provider, client: Client, alice: Person):
    idp.know("sub-1", preferred_username="ana")
    sign_in(client, idp, "sub-1")
    ana = User.objects.get(login="ana")
    update_user(alice.caller, ana, is_owner=True)
    client.get("/session")  # the session follows his rights
    address = f"/console/{alice.project.pk}/users/create"
    age_sign_in(ana)

    asked = client.get(address).content.decode()
    refused = client.post(address, {"login": "new", "password": ""})

    assert "Prove it at Northwind ID" in asked
    assert 'name="password_again"' not in asked
    assert refused.status_code == 422
    assert not User.objects.filter(login="new").exists()

    begun_at = begun(client, confirm="1", next=address)
    assert query_of(begun_at)["prompt"] == "login"
    assert query_of(begun_at)["max_age"] == "0"
    for proved_at in (None, now() - 3600, "now"):  # not said, not proved anew, and no time
        idp.between.claims = lambda claims, at=proved_at: {**claims, "auth_time": at}
        assert sign_in(client, idp, "sub-1", confirm="1", next=address).status_code == 400
        assert client.post(address, {"login": "new", "password": ""}).status_code == 422

    idp.as_before()
    idp.know("sub-8", preferred_username="other")
    assert sign_in(client, idp, "sub-8", confirm="1", next=address).status_code == 400  # another person
    assert not User.objects.filter(login="other").exists()

    before = client.session.session_key
    assert sign_in(client, idp, "sub-1", confirm="1", next=address)["Location"] == address
    assert client.session.session_key != before
    assert client.post(address, {"login": "new", "password": ""}).status_code == 200
    assert User.objects.filter(login="new").exists()


def test_a_link_is_only_for_who_manages_users_and_only_in_his_account(idp: Provider, alice: Person, charlie: Person):
    ana, _password = create_user(alice.caller, account=alice.account, login="ana")

    answer = charlie.client().post(f"/console/{charlie.project.pk}/users/{ana.pk}/link", {"subject": "sub-9"})
    assert answer.status_code == 404
    link(alice.caller, ana, "sub-9")
    answer = charlie.client().post(f"/console/{charlie.project.pk}/users/{ana.pk}/link/{Identity.objects.get().pk}/end")

    assert answer.status_code == 404
    assert Identity.objects.get().user == ana
