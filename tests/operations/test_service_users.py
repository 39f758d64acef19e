"""Service users: programs of one project, which sign in nowhere and do what their service, roles and grants say."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.test import Client
from django.utils import timezone

from console.access.caller import Caller
from console.access.last_uses import keep_last_uses
from console.access.principals import Principal, holder_of_access_key, holder_of_bound_token, holder_of_service_token
from console.access.signature import SignatureRejected
from console.access.tokens import digest_of
from console.models import ServiceToken, Token, Trace, User
from console.operations import people, users
from console.operations.access_keys import create_access_key, update_access_key
from console.operations.identities import link
from console.operations.places import create_project
from console.operations.roles import PlaceUnknown, RoleBeyondProject, RoleWish
from console.operations.second_factor_rules import second_factors_in
from console.operations.service_users import (
    LifetimeInvalid,
    NotAServiceUser,
    ServiceUnknown,
    TooManyServiceTokens,
    create_service_token,
    create_service_user,
    delete_service_token,
    service_token_of,
    service_tokens_of,
)
from console.operations.tokens import AccessKeyOfServiceUserNeeded, create_bound_token
from console.operations.users import ServiceUserHasNone, ServiceUserManagesNothing, update_user
from keys import operations
from keys.errors import KeyIsDefault, KeyNotFound, KmsError, NameTaken, NotFound, NotPermitted
from keys.models import Key
from tests.support.people import Person, service_user, with_access_key
from tests.support.wire import call, kms

FROM = {"source_ip": "192.0.2.9", "request_id": "0" * 32}


@pytest.fixture
def store(alice: Person) -> Person:
    """A service user of northwind's object storage."""
    return service_user(alice, "store", "obs")


def token_of(person: Person, owner: Person, name: str = "gateway", **how: Any) -> str:
    return create_service_token(owner.caller, person.user, name=name, **how).text


def holder(token: str) -> Principal:
    found = holder_of_service_token(digest_of(token))
    assert found is not None
    return found


def caller_of(token: str) -> Caller:
    return holder(token).caller(**FROM)


def signer_of(person: Person, project_id: str) -> Principal | None:
    return holder_of_access_key(person.ak, project_id)


# Made


def test_it_is_made_in_one_project_and_traced(alice: Person, store: Person) -> None:
    user = User.objects.get(login="store")
    assert (user.project, user.service, user.is_service, user.has_usable_password()) == (
        *(alice.project, "obs", True),
        False,
    )
    trace = Trace.objects.filter(name="createUser").latest("id")
    assert trace.detail == {"project": "ap-southeast-3", "service": "obs"}


def test_who_may_not_make_users_makes_none(alice: Person, bob: Person, charlie: Person) -> None:
    with pytest.raises(NotPermitted):
        create_service_user(bob.caller, project=alice.project, login="store")
    with pytest.raises(PlaceUnknown):
        create_service_user(charlie.caller, project=alice.project, login="store")
    with pytest.raises(ServiceUnknown, match="obs, evs, ims, rds"):
        create_service_user(alice.caller, project=alice.project, login="store", service="sfs")
    with pytest.raises(NameTaken):
        create_service_user(alice.caller, project=alice.project, login="bob")
    assert not User.objects.exclude(project=None).exists()


@pytest.mark.parametrize(
    "change", [{"is_owner": True}, {"is_staff": True}, {"is_superuser": True}, {"project": None}], ids=str
)
def test_the_database_itself_keeps_it_what_it_is(store: Person, change: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError):
        User.objects.filter(pk=store.user.pk).update(**change)


# Every door


@pytest.mark.parametrize(
    ("refusal", "act"),
    [
        (ServiceUserHasNone, lambda who, user: users.set_password(who, user, "a long new Passw0rd")),
        (ServiceUserHasNone, lambda who, user: link(who, user, "subject")),
        (ServiceUserManagesNothing, lambda who, user: update_user(who, user, is_owner=True)),
        (ServiceUserManagesNothing, lambda who, user: update_user(who, user, is_superuser=True)),
        (RoleBeyondProject, lambda who, user: people.give_role(who, user, RoleWish("KMS User"))),
        (RoleBeyondProject, lambda who, user: update_user(who, user, roles=[RoleWish("KMS User")])),
    ],
    ids=["password", "single sign-on", "owner", "administrator", "role everywhere", "roles everywhere"],
)
def test_what_a_person_may_have_it_may_not(store: Person, refusal: type[KmsError], act: Any) -> None:
    with pytest.raises(refusal):
        act(Caller.server(store.account), store.user)


def test_it_signs_in_nowhere_whatever_its_row_says(store: Person) -> None:
    store.user.set_password("a long new Passw0rd")  # as no operation does
    store.user.save()
    given = {"username": "northwind/store", "password": "a long new Passw0rd"}
    form = {"account": "northwind", "user": "store", "password": given["password"]}
    identity = {"methods": ["password"], "password": {"user": {"id": store.user.pk, "password": given["password"]}}}

    assert authenticate(None, **given) is None
    assert Client().post("/sign-in", form).status_code == 422
    page = f"/console/{store.project.pk}/kms/keys"
    assert store.client().get(page, follow=True).request["PATH_INFO"] == "/sign-in"
    signed = with_access_key(store)
    assert call(signed, "POST", "/v3/auth/tokens", {"auth": {"identity": identity}}).status == 401


def test_it_counts_among_nobody_who_needs_a_second_factor(alice: Person, bob: Person, store: Person) -> None:
    assert second_factors_in(alice.caller).users == 2


# Its project


def test_an_access_key_is_good_in_its_project_alone(alice: Person, store: Person) -> None:
    elsewhere = create_project(alice.caller, region=alice.project.region, name="payments")
    signed = with_access_key(store)

    assert kms(signed, "create-datakey", {"key_id": "obs/default", "datakey_length": "256"}).status == 200
    for project in (elsewhere, alice.projects["eu-west-101"]):
        answer = call(signed, "POST", f"/v1.0/{project.pk}/kms/create-datakey", {"key_id": "obs/default"})
        assert answer.code == "KMS.0321"
        found = signer_of(signed, project.pk)
        assert found is not None
        assert (found.project, found.bound_to, found.rights) == (None, alice.project.pk, ())


def test_a_temporary_key_of_its_access_key_is_bound_as_well(alice: Person, store: Person) -> None:
    wish = {"auth": {"identity": {"methods": ["token"]}}}
    made = call(with_access_key(store), "POST", "/v3.0/OS-CREDENTIAL/securitytokens", wish).json["credential"]
    temporary = replace(store, ak=made["access"], sk=made["secret"])
    body, token = {"key_id": "obs/default", "datakey_length": "256"}, {"x_security_token": made["securitytoken"]}

    answers = [
        call(temporary, "POST", f"/v1.0/{project.pk}/kms/create-datakey", body, **token).status
        for project in (alice.project, alice.projects["eu-west-101"])
    ]

    assert answers == [200, 403]


def test_a_role_counts_in_its_project(alice: Person, store: Person) -> None:
    people.give_role(alice.caller, store.user, RoleWish("KMS User", alice.project))
    token = token_of(store, alice)

    assert caller_of(token).may("kms:cmk:crypto")
    assert Caller.of_user(store.user, alice.projects["eu-west-101"], source_ip="", request_id="").rights == ()


def test_a_role_that_was_written_for_all_projects_counts_nowhere_else(alice: Person, store: Person) -> None:
    store.user.role_assignments.create(role="KMS User")

    assert caller_of(token_of(store, alice)).may("kms:cmk:crypto")
    assert Caller.of_user(store.user, None, source_ip="", request_id="").rights == ()
    assert Caller.of_user(store.user, alice.projects["eu-west-101"], source_ip="", request_id="").rights == ()


# Its keys


def test_it_makes_and_opens_data_keys_under_the_default_key_of_its_service(alice: Person, store: Person) -> None:
    who = caller_of(token_of(store, alice))

    made = operations.create_datakey(who, key_id="obs/default")
    wrapped = operations.create_datakey_without_plaintext(who, key_id=made.key_id)

    for named in ("obs/default", made.key_id):
        opened = operations.decrypt_datakey(who, key_id=named, ciphertext=made.ciphertext)
        assert opened.plaintext == made.plaintext
        assert operations.decrypt_datakey(who, key_id=named, ciphertext=wrapped.ciphertext).plaintext
        assert operations.describe_key(who, named).key_id == str(made.key_id)


def test_it_does_nothing_else_with_it(alice: Person, store: Person) -> None:
    who = caller_of(token_of(store, alice))
    made = operations.create_datakey(who, key_id="obs/default")

    for refusal, act in (
        (KeyIsDefault, lambda: operations.encrypt_data(alice.caller, key_id=made.key_id, plaintext=b"x")),
        (NotPermitted, lambda: operations.encrypt_data(who, key_id=made.key_id, plaintext=b"x")),
        (NotPermitted, lambda: operations.disable_key(who, made.key_id)),
        (NotPermitted, lambda: operations.list_grants(who, made.key_id)),
        (NotPermitted, lambda: operations.create_datakey(who, key_id="evs/default")),
        (NotPermitted, lambda: operations.create_key(who, alias="own")),
    ):
        with pytest.raises(refusal):
            act()


def test_without_a_service_it_uses_no_default_key(alice: Person) -> None:
    who = caller_of(token_of(service_user(alice, "anything"), alice))

    with pytest.raises(NotPermitted):
        operations.create_datakey(who, key_id="obs/default")
    assert not Key.objects.exists()


def test_any_other_key_is_its_to_use_by_grant_alone(alice: Person, store: Person) -> None:
    key = operations.create_key(alice.caller, alias="orders")
    who = caller_of(token_of(store, alice))
    with pytest.raises(NotPermitted):
        operations.create_datakey(who, key_id=key.pk)

    grant = operations.create_grant(alice.caller, key.pk, grantee=store.user.pk, operations=["create-datakey"])
    assert operations.create_datakey(who, key_id=key.pk).plaintext
    with pytest.raises(NotPermitted):
        operations.describe_key(who, key.pk)

    operations.revoke_grant(alice.caller, key.pk, grant.pk)
    with pytest.raises(NotPermitted):
        operations.create_datakey(who, key_id=key.pk)


def test_a_neighbours_default_key_is_not_found(alice: Person, charlie: Person, store: Person) -> None:
    theirs = operations.create_datakey(charlie.caller, key_id="obs/default")

    with pytest.raises(KeyNotFound):
        operations.decrypt_datakey(
            caller_of(token_of(store, alice)), key_id=theirs.key_id, ciphertext=theirs.ciphertext
        )


# Tokens


def test_a_token_is_told_once_and_kept_as_its_digest(alice: Person, store: Person) -> None:
    text = token_of(store, alice)

    assert text.startswith("kms.")
    assert len(text) == 47
    (kept,) = service_tokens_of(store.user)
    assert (kept.digest, kept.expires_at, kept.last_used_at) == (digest_of(text), None, None)
    trace = Trace.objects.get(name="createServiceToken")
    assert (trace.resource_name, trace.detail) == ("northwind/store", {"name": "gateway", "expires_at": None})
    assert text not in repr([ServiceToken.objects.values(), Trace.objects.values()])


def test_a_use_is_noted(alice: Person, store: Person) -> None:
    token = token_of(store, alice)
    holder(token)

    keep_last_uses()

    assert timezone.now() - (service_tokens_of(store.user)[0].last_used_at or timezone.now()) < timedelta(minutes=1)


@pytest.mark.parametrize(
    "end",
    [
        lambda alice, user: delete_service_token(alice.caller, service_tokens_of(user)[0]),
        lambda alice, user: update_user(alice.caller, user, is_active=False),
        lambda _alice, user: user.service_tokens.update(expires_at=timezone.now()),
    ],
    ids=["deleted", "disabled", "expired"],
)
def test_a_token_dies_at_once_when(alice: Person, store: Person, end: Any) -> None:
    token = token_of(store, alice, lifetime=timedelta(days=1))
    assert holder(token).project == alice.project

    end(alice, store.user)

    assert holder_of_service_token(digest_of(token)) is None


def test_a_token_is_handed_out_by_who_manages_the_account_alone(
    alice: Person, bob: Person, charlie: Person, store: Person
) -> None:
    with pytest.raises(NotPermitted):
        create_service_token(bob.caller, store.user, name="mine")
    with pytest.raises(NotFound):
        create_service_token(charlie.caller, store.user, name="mine")
    token_of(store, alice)
    (kept,) = service_tokens_of(store.user)
    with pytest.raises(NotPermitted):
        delete_service_token(bob.caller, kept)
    with pytest.raises(NotFound):
        delete_service_token(charlie.caller, kept)
    with pytest.raises(NotFound):
        service_token_of(charlie.user, kept.pk)
    assert holder_of_service_token(kept.digest)


def test_a_person_has_none(alice: Person, bob: Person) -> None:
    with pytest.raises(NotAServiceUser):
        create_service_token(alice.caller, bob.user, name="gateway")


@pytest.mark.parametrize("days", [0, -1, 3651])
def test_it_lives_for_a_day_to_ten_years(alice: Person, store: Person, days: int) -> None:
    with pytest.raises(LifetimeInvalid):
        create_service_token(alice.caller, store.user, name="gateway", lifetime=timedelta(days=days))


@pytest.mark.parametrize("name", ["", " gateway", "<b>", "x" * 65])
def test_what_is_no_name_names_none(alice: Person, store: Person, name: str) -> None:
    with pytest.raises(ValidationError):
        create_service_token(alice.caller, store.user, name=name)


def test_a_name_is_used_once_and_ten_are_enough(alice: Person, store: Person) -> None:
    for number in range(10):
        create_service_token(alice.caller, store.user, name=str(number))
        if number < 9:
            with pytest.raises(NameTaken):
                create_service_token(alice.caller, store.user, name="0")

    with pytest.raises(TooManyServiceTokens):
        create_service_token(alice.caller, store.user, name="eleventh")


@pytest.mark.django_db(transaction=True)
def test_the_eleventh_is_refused_even_when_16_ask_at_once(alice: Person, store: Person) -> None:
    def ask(number: int) -> str:
        try:
            return create_service_token(alice.caller, store.user, name=str(number)).row.name and "made"
        except KmsError as refusal:
            return type(refusal).__name__
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as threads:
        answers = Counter(threads.map(ask, range(16)))

    assert answers == {"made": 10, "TooManyServiceTokens": 6}
    assert ServiceToken.objects.count() == 10


# Tokens for an access key


def bound_token(person: Person, project_id: str) -> str:
    found = signer_of(person, project_id)
    assert found is not None
    return create_bound_token(found, lifetime=timedelta(hours=1), **FROM).text


def test_an_access_key_is_changed_for_a_short_token(alice: Person, store: Person) -> None:
    token = bound_token(with_access_key(store), alice.project.pk)

    found = holder_of_bound_token(digest_of(token))
    assert found is not None
    assert (found.user, found.project, found.bound_to) == (store.user, alice.project, alice.project.pk)
    assert operations.create_datakey(found.caller(**FROM), key_id="obs/default").plaintext
    left = Token.objects.get().expires_at - timezone.now()
    assert timedelta(minutes=59) < left <= timedelta(hours=1)
    assert Trace.objects.filter(name="createToken", user_id=store.user.pk, status=200).count() == 1


@pytest.mark.parametrize(
    "end",
    [
        lambda alice, person: update_access_key(alice.caller, person.user.access_keys.get(), is_active=False),
        lambda alice, person: update_user(alice.caller, person.user, is_active=False),
        lambda _alice, _person: Token.objects.update(expires_at=timezone.now()),
    ],
    ids=["its access key is disabled", "its user is disabled", "it expires"],
)
def test_the_short_token_ends_when(alice: Person, store: Person, end: Any) -> None:
    signed = with_access_key(store)
    token = bound_token(signed, alice.project.pk)

    end(alice, signed)

    assert holder_of_bound_token(digest_of(token)) is None


def test_nothing_else_is_changed_for_one(alice: Person, store: Person) -> None:
    signed = with_access_key(store)
    found = signer_of(signed, alice.project.pk)
    assert found is not None
    for other in (
        signer_of(alice, alice.project.pk),
        holder(token_of(store, alice)),
        replace(found, is_temporary=True),
    ):
        assert other is not None
        with pytest.raises(AccessKeyOfServiceUserNeeded):
            create_bound_token(other, lifetime=timedelta(hours=1), **FROM)

    update_access_key(alice.caller, signed.user.access_keys.get(), is_active=False)
    with pytest.raises(SignatureRejected):
        create_bound_token(found, lifetime=timedelta(hours=1), **FROM)
    assert not Token.objects.exists()


def test_a_token_for_no_project_is_bound_nowhere(alice: Person) -> None:
    now = timezone.now()
    Token.objects.create(digest=digest_of("x"), user=alice.user, issued_at=now, expires_at=now + timedelta(hours=1))

    assert holder_of_bound_token(digest_of("x")) is None


def test_its_access_keys_are_made_by_who_manages_the_account(alice: Person, bob: Person, store: Person) -> None:
    with pytest.raises(NotPermitted):
        create_access_key(bob.caller, store.user)

    access_key, _secret = create_access_key(alice.caller, store.user)

    assert access_key.user == store.user
