"""Authenticator apps, recovery codes, the second step of a sign-in, and what administrators decide of them."""

import time
from typing import Any

import pyotp
import pytest

from console.access import one_time_codes
from console.access.caller import Caller
from console.models import Account, Authenticator, PendingSignIn, RecoveryCode, Token, Trace, User
from console.operations import second_factor_rules as rules
from console.operations.authenticators import (
    CodeWrong,
    SetupOver,
    accept_code,
    begin_authenticator,
    confirm_authenticator,
    remove_authenticator,
)
from console.operations.second_factor import (
    FactorMissing,
    LastFactorNeeded,
    PasswordWrong,
    factors_of,
    new_recovery_codes,
)
from console.operations.second_step import (
    ATTEMPTS,
    FactorWrong,
    SignInOver,
    begin_second_step,
    pending_sign_in,
    prove_by_code,
    sweep_pending_sign_ins,
)
from console.operations.users import set_password, update_user
from keys.errors import KmsError, NotFound, NotPermitted
from tests.support.devices import with_app
from tests.support.people import Person


def fresh(person: Person) -> User:
    return User.objects.select_related("account").get(pk=person.user.pk)


def pending_of(person: Person) -> PendingSignIn:
    pending = pending_sign_in(begin_second_step(fresh(person)).pk)
    assert pending is not None
    return pending


def last_trace() -> Trace:
    return Trace.objects.order_by("-id")[0]


# Authenticator apps


def test_an_app_is_set_up_by_its_first_code(alice: Person) -> None:
    begun = begin_authenticator(alice.caller, password=alice.password)
    assert not fresh(alice).has_second_factor
    assert begun.address.startswith("otpauth://totp/KMS%20127.0.0.1:northwind/northwind?secret=")

    codes = confirm_authenticator(alice.caller, code=pyotp.TOTP(begun.secret).now())

    assert fresh(alice).has_second_factor
    assert len({*codes}) == 10
    assert [Trace.objects.filter(name=name, status=200).count() for name in ("createMfaDevice", "bindMfaDevice")] == [
        1,
        1,
    ]


def test_the_database_holds_neither_the_secret_nor_any_recovery_code(alice: Person) -> None:
    app = with_app(alice)

    stored = bytes(Authenticator.objects.get().wrapped_secret)
    assert app.secret.encode() not in stored
    assert one_time_codes.secret_of(Authenticator.objects.get()) == app.secret
    digests = " ".join(RecoveryCode.objects.values_list("digest", flat=True))
    traced = " ".join(str(one.__dict__) for one in Trace.objects.all())
    assert not any(code in digests + traced or code.replace("-", "") in digests for code in app.codes)
    assert app.secret not in traced


def test_a_wrong_code_sets_up_nothing(alice: Person) -> None:
    begin_authenticator(alice.caller, password=alice.password)

    with pytest.raises(CodeWrong):
        confirm_authenticator(alice.caller, code="12345")

    assert not fresh(alice).has_second_factor
    assert last_trace().name == "bindMfaDevice"
    assert last_trace().status == 400


def test_a_setup_that_was_begun_too_long_ago_begins_again(alice: Person) -> None:
    begun = begin_authenticator(alice.caller, password=alice.password)
    Authenticator.objects.update(created_at="2020-01-01T00:00Z")

    with pytest.raises(SetupOver):
        confirm_authenticator(alice.caller, code=pyotp.TOTP(begun.secret).now())


def test_another_app_takes_over_only_when_it_is_confirmed(alice: Person) -> None:
    old = with_app(alice)
    begun = begin_authenticator(alice.caller, password=alice.password)
    assert accept_code(fresh(alice), old.code())

    codes = confirm_authenticator(alice.caller, code=pyotp.TOTP(begun.secret).now())

    assert codes == []  # those of the first app go on
    assert not accept_code(fresh(alice), old.code(2), now=time.time() + 30)
    assert accept_code(fresh(alice), pyotp.TOTP(begun.secret).at(time.time() + 30))


@pytest.mark.parametrize(("steps", "is_taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_codes_of_the_half_minute_before_and_after_are_taken(alice: Person, steps: int, is_taken: bool) -> None:
    app, now = with_app(alice), time.time() + 3600

    assert accept_code(fresh(alice), pyotp.TOTP(app.secret).at(now, counter_offset=steps), now=now) == is_taken


def test_a_code_is_accepted_once_and_none_older_than_it(alice: Person) -> None:
    app, now = with_app(alice), time.time() + 3600
    totp = pyotp.TOTP(app.secret)

    assert accept_code(fresh(alice), totp.at(now), now=now)
    assert not accept_code(fresh(alice), totp.at(now), now=now)
    assert not accept_code(fresh(alice), totp.at(now, counter_offset=-1), now=now)
    assert accept_code(fresh(alice), totp.at(now, counter_offset=1), now=now)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "１２３４５６", "abcdef", "-12345", "000000\0"])
def test_what_is_no_code_is_refused(alice: Person, code: str) -> None:
    with_app(alice)

    assert not accept_code(fresh(alice), code)


def test_each_change_asks_for_the_password(alice: Person) -> None:
    with_app(alice)
    changes: list[Any] = [
        begin_authenticator,
        remove_authenticator,
        new_recovery_codes,
    ]

    for change in changes:
        with pytest.raises(PasswordWrong):
            change(alice.caller, password="wrong")
        assert last_trace().status == 400
    assert Authenticator.objects.count() == 1
    assert RecoveryCode.objects.count() == 10


def test_with_the_last_factor_go_the_recovery_codes(alice: Person) -> None:
    with_app(alice)

    remove_authenticator(alice.caller, password=alice.password)

    assert not fresh(alice).has_second_factor
    assert not RecoveryCode.objects.exists()
    assert last_trace().name == "unbindMfaDevice"
    with pytest.raises(NotFound):
        remove_authenticator(alice.caller, password=alice.password)


# Recovery codes


def test_a_recovery_code_has_80_bits_and_is_accepted_once_however_it_is_typed(alice: Person) -> None:
    app = with_app(alice)
    first, second = app.codes[:2]
    assert all(len(code.replace("-", "")) == 16 for code in app.codes)

    prove_by_code(alice.caller, pending_of(alice), first)
    prove_by_code(alice.caller, pending_of(alice), f" {second.upper().replace('-', ' ')} ")
    with pytest.raises(FactorWrong):
        prove_by_code(alice.caller, pending_of(alice), first)

    assert factors_of(alice.user).recovery_codes == 8
    assert Trace.objects.filter(name="verifySecondFactor", status=200).count() == 2


def test_new_recovery_codes_end_the_old_ones(alice: Person) -> None:
    old = with_app(alice).codes

    new = new_recovery_codes(alice.caller, password=alice.password)

    assert not {*old} & {*new}
    with pytest.raises(FactorWrong):
        prove_by_code(alice.caller, pending_of(alice), old[0])
    prove_by_code(alice.caller, pending_of(alice), new[0])


def test_recovery_codes_alone_are_no_second_factor(alice: Person) -> None:
    with pytest.raises(FactorMissing):
        new_recovery_codes(alice.caller, password=alice.password)


def test_anothers_codes_are_wrong(alice: Person, bob: Person) -> None:
    app, bobs = with_app(alice), with_app(bob)
    pending = pending_of(bob)

    for code in (app.code(), app.codes[0]):
        with pytest.raises(FactorWrong):
            prove_by_code(bob.caller, pending, code)
    prove_by_code(bob.caller, pending, bobs.code())


# The second step


def test_a_sign_in_has_five_attempts(alice: Person) -> None:
    app, pending = with_app(alice), pending_of(alice)
    for _ in range(ATTEMPTS):
        with pytest.raises(FactorWrong):
            prove_by_code(alice.caller, pending, "000000")

    with pytest.raises(SignInOver):
        prove_by_code(alice.caller, pending, app.code())

    assert pending_sign_in(pending.pk) is None
    assert Trace.objects.filter(name="verifySecondFactor", status__gte=400).count() == ATTEMPTS + 1


def test_it_passes_once(alice: Person) -> None:
    app, pending = with_app(alice), pending_of(alice)

    prove_by_code(alice.caller, pending, app.codes[0])
    with pytest.raises(SignInOver):
        prove_by_code(alice.caller, pending, app.codes[1])

    assert factors_of(alice.user).recovery_codes == 9


@pytest.mark.parametrize(
    "end",
    [
        lambda one: PendingSignIn.objects.update(expires_at="2020-01-01T00:00Z"),
        lambda one: set_password(one.caller, one.user, "another long Passw0rd"),
        lambda one: update_user(Caller.server(one.account), one.user, is_active=False),
    ],
    ids=["five minutes pass", "the password changes", "the user is disabled"],
)
def test_it_is_over_when(alice: Person, end: Any) -> None:
    with_app(alice)
    pending = pending_of(alice)

    end(alice)

    assert pending_sign_in(pending.pk) is None


def test_those_that_are_over_are_swept(alice: Person) -> None:
    kept, over = pending_of(alice), pending_of(alice)
    PendingSignIn.objects.filter(pk=over.pk).update(expires_at="2020-01-01T00:00Z")

    assert sweep_pending_sign_ins() == 1
    assert PendingSignIn.objects.get().pk == kept.pk


# What administrators decide


def test_everyone_needs_one_as_soon_as_its_administrator_has_one(alice: Person, bob: Person) -> None:
    with pytest.raises(rules.OwnFactorNeeded):
        rules.require_second_factor(alice.caller, needed=True)
    with_app(alice)

    rules.require_second_factor(alice.caller, needed=True)

    assert Account.objects.get(pk=alice.account.pk).needs_second_factor
    assert last_trace().detail == {"needed": True}
    assert rules.second_factors_in(alice.caller) == rules.Spread(users=2, having=1)
    with pytest.raises(LastFactorNeeded):
        remove_authenticator(alice.caller, password=alice.password)
    assert fresh(alice).has_second_factor
    assert factors_of(alice.user).recovery_codes == 10


def test_an_administrator_without_a_password_decides_it_too(alice: Person, bob: Person) -> None:
    """He signs in by a provider, which asks him for what it asks for."""
    with_app(bob)
    alice.user.set_unusable_password()
    alice.user.save()

    rules.require_second_factor(alice.caller, needed=True)
    rules.disable_second_factor(alice.caller, bob.user)

    assert Account.objects.get(pk=alice.account.pk).needs_second_factor
    assert not fresh(bob).has_second_factor


def test_who_lost_everything_has_it_taken_away_with_his_sessions_and_tokens(alice: Person, bob: Person) -> None:
    with_app(bob)
    bobs, alices = bob.client(), alice.client()
    Token.objects.create(digest="0", user=bob.user, issued_at="2020-01-01T00:00Z", expires_at="2120-01-01T00:00Z")

    had = rules.disable_second_factor(alice.caller, bob.user)

    assert (had.authenticator is not None, had.passkeys, had.recovery_codes) == (True, [], 10)
    assert not fresh(bob).has_second_factor
    assert not Token.objects.exists()
    address = f"/console/{alice.project.pk}/security"
    assert [one.get(address).status_code for one in (bobs, alices)] == [302, 200]
    assert (last_trace().name, last_trace().user_name, last_trace().resource_name) == (
        "disableSecondFactor",
        "northwind/northwind",
        "northwind/bob",
    )


def test_the_server_takes_it_away_too(alice: Person) -> None:
    with_app(alice)

    rules.disable_second_factor(Caller.server(alice.account), fresh(alice))

    assert not fresh(alice).has_second_factor
    assert last_trace().user_name == "server"
    with pytest.raises(FactorMissing):
        rules.disable_second_factor(Caller.server(alice.account), fresh(alice))


def test_nobody_else_decides_it(alice: Person, bob: Person) -> None:
    with_app(alice)
    with_app(bob)
    refused: list[Any] = [
        lambda: rules.disable_second_factor(bob.caller, alice.user),
        lambda: rules.require_second_factor(bob.caller, needed=True),
        lambda: rules.second_factors_in(bob.caller),
    ]

    for act in refused:
        with pytest.raises(NotPermitted):
            act()
    assert fresh(alice).has_second_factor
    assert not Account.objects.get(pk=alice.account.pk).needs_second_factor


def test_the_server_has_no_factors_of_its_own(alice: Person) -> None:
    server = Caller.server(alice.account)
    acts: list[Any] = [
        lambda: begin_authenticator(server, password=""),
        lambda: confirm_authenticator(server, code="123456"),
        lambda: new_recovery_codes(server, password=""),
    ]

    for act in acts:
        with pytest.raises(KmsError):
            act()
