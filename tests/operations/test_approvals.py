"""Four eyes: where an account asks for it, what destroys is done once another who may do it approves, and no sooner."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from console.access.caller import Caller
from console.models import Account, Approval, Trace, User
from console.models.approvals import ApprovalState
from console.operations import deciding
from console.operations.approvals import RequesterMayNot, SentForApproval
from console.operations.enterprise import create_enterprise_project
from console.operations.people import give_role
from console.operations.roles import RoleWish
from console.operations.second_administrator import (
    SecondAdministratorMissing,
    SecondAdministratorStays,
    turn_approval_off,
    turn_approval_on,
)
from console.operations.users import update_user
from keys import errors, operations
from keys.models import Key, KeyState, KeyVersion
from tests.support.keyring import hold
from tests.support.people import Person, colleague, with_access_key
from tests.support.wire import kms


@pytest.fixture
def eve(alice: Person) -> Person:
    """The second who manages the account."""
    person = colleague(alice, "eve")
    update_user(Caller.server(alice.account), person.user, is_owner=True)
    return person


@pytest.fixture
def asking(caller: Caller, eve: Person) -> None:
    """Deletions in the account need approval."""
    turn_approval_on(caller)


@pytest.fixture
def key(caller: Caller) -> Key:
    return operations.create_key(caller, alias="orders")


def now(person: Person) -> Caller:
    """Him with the rights that he has now."""
    user = User.objects.select_related("account").get(pk=person.user.pk)
    return Caller.of_user(user, person.project, source_ip="192.0.2.1", request_id="0" * 32)


def ask(work: Callable[[], object]) -> Approval:
    """The request that is filed instead of doing it."""
    with pytest.raises(SentForApproval) as sent:
        work()
    assert sent.value.is_new
    return Approval.objects.get(pk=(sent.value.params or {})["request"])


def ask_to_delete(caller: Caller, key: Key, days: int = 7) -> Approval:
    return ask(lambda: operations.schedule_key_deletion(caller, key.pk, days))


def state_of(key: Key) -> int:
    return Key.objects.get(pk=key.pk).state


# Asking


def test_a_deletion_is_filed_instead_of_done(asking: None, caller: Caller, key: Key) -> None:
    request = ask_to_delete(caller, key, 30)

    assert state_of(key) == KeyState.ENABLED
    assert (request.operation, request.resource_id, request.arguments) == (
        "scheduleKeyDeletion",
        str(key.pk),
        {"pending_days": 30},
    )
    assert request.expires_at - request.requested_at == pytest.approx(timedelta(days=7), abs=timedelta(seconds=1))
    told = Trace.objects.filter(resource_id=str(key.pk)).order_by("id").values_list("name", "status", "error_code")
    assert [*told][1:] == [("requestApproval", 200, ""), ("scheduleKeyDeletion", 403, "KMS.9101")]


def test_a_program_is_told_with_a_code_of_its_own(asking: None, alice: Person, key: Key) -> None:
    answer = kms(alice, "schedule-key-deletion", {"key_id": str(key.pk), "pending_days": "7"})

    assert (answer.status, answer.code) == (403, "KMS.9101")
    assert Approval.objects.get().pk in answer.json["error"]["error_msg"]
    again = kms(alice, "schedule-key-deletion", {"key_id": str(key.pk), "pending_days": "7"})
    assert (again.status, again.code) == (403, "KMS.9101")
    assert "already" in again.json["error"]["error_msg"]
    assert Approval.objects.count() == 1


def test_what_would_be_refused_now_is_not_filed(asking: None, caller: Caller, bob: Person, key: Key) -> None:
    operations.protect_key(caller, key.pk, reason="in use")

    for work, error in (
        (lambda: operations.schedule_key_deletion(caller, key.pk, 7), errors.KeyProtected),
        (lambda: operations.schedule_key_deletion(caller, key.pk, 6), errors.PendingDaysOutOfRange),
        (lambda: operations.schedule_key_deletion(now(bob), key.pk, 7), errors.NotPermitted),
        (lambda: operations.delete_imported_key_material(caller, key.pk), errors.ExternalKeyRequired),
    ):
        with pytest.raises(error):
            work()
    assert not Approval.objects.exists()


def test_where_it_is_off_deletions_need_nobody(caller: Caller, eve: Person, key: Key) -> None:
    operations.schedule_key_deletion(caller, key.pk, 7)

    assert state_of(key) == KeyState.PENDING_DELETION


# Approving


def test_another_administrators_approval_does_it_and_the_trace_names_both(
    asking: None, caller: Caller, eve: Person, key: Key
) -> None:
    request = ask_to_delete(caller, key, 30)

    deciding.approve_request(now(eve), request.pk, reason="Seen with finance")

    deleted = Key.objects.get(pk=key.pk)
    assert (deleted.state, deleted.pending_days) == (KeyState.PENDING_DELETION, 30)
    trace = Trace.objects.get(name="scheduleKeyDeletion", status=200)
    assert (trace.user_name, trace.resource_id) == ("northwind/eve", str(key.pk))
    assert trace.detail == {"pending_days": 30, "approval": request.pk, "requested_by": "northwind/northwind"}
    request.refresh_from_db()
    assert (request.state, request.decider, request.reason) == (ApprovalState.APPROVED, "eve", "Seen with finance")


def test_who_asked_cant_approve_it_by_whatever_access_key(asking: None, eve: Person, key: Key) -> None:
    program = with_access_key(eve)
    kms(program, "schedule-key-deletion", {"key_id": str(key.pk), "pending_days": "7"})
    request = Approval.objects.get()

    for forbidden in (
        lambda: deciding.approve_request(now(eve), request.pk),
        lambda: deciding.reject_request(now(eve), request.pk, reason="no"),
    ):
        with pytest.raises(deciding.OwnRequest):
            forbidden()
    assert state_of(key) == KeyState.ENABLED
    assert Trace.objects.filter(name="scheduleKeyDeletion", status=403, user_name="northwind/eve").count() == 2


def test_of_two_who_approve_the_second_finds_it_done(
    asking: None, caller: Caller, alice: Person, eve: Person, key: Key
) -> None:
    finn = colleague(alice, "finn")
    give_role(caller, finn.user, RoleWish("KMS CMKFullAccess"))
    request = ask_to_delete(caller, key)
    deciding.approve_request(now(finn), request.pk)

    with pytest.raises(deciding.RequestClosed, match="Approved"):
        deciding.approve_request(now(eve), request.pk)

    assert Trace.objects.filter(name="scheduleKeyDeletion", status=200).count() == 1


def test_imported_material_is_destroyed_by_the_approval(asking: None, caller: Caller, eve: Person) -> None:
    held = hold(eve.project, "AES_256", origin="external")
    request = ask(lambda: operations.delete_imported_key_material(caller, held.key.pk))
    assert KeyVersion.objects.get(key=held.key).wrapped_material is not None

    deciding.approve_request(now(eve), request.pk)

    assert KeyVersion.objects.get(key=held.key).wrapped_material is None
    assert state_of(held.key) == KeyState.PENDING_IMPORT


@pytest.mark.parametrize("change", ["protected", "deleted", "gone"])
def test_the_rules_are_asked_again(asking: None, caller: Caller, eve: Person, key: Key, change: str) -> None:
    request = ask_to_delete(caller, key)
    refusal: Any = errors.KeyProtected
    if change == "protected":
        operations.protect_key(caller, key.pk, reason="in use")
    else:
        moment = timezone.now() + timedelta(days=7 if change == "deleted" else -1)
        Key.objects.filter(pk=key.pk).update(state=KeyState.PENDING_DELETION, deletion_at=moment)
        refusal = errors.KeyAlreadyPendingDeletion if change == "deleted" else errors.KeyNotFound

    with pytest.raises(refusal):
        deciding.approve_request(now(eve), request.pk)

    assert Approval.objects.get().is_open


@pytest.mark.parametrize("change", [{"is_active": False}, {"roles": []}])
def test_of_who_may_no_longer_do_it_nothing_is_left_to_be_done(
    asking: None, caller: Caller, bob: Person, key: Key, change: dict[str, Any]
) -> None:
    give_role(caller, bob.user, RoleWish("KMS CMKFullAccess"))
    request = ask_to_delete(now(bob), key)
    update_user(caller, bob.user, **change)

    with pytest.raises(RequesterMayNot, match="bob"):
        deciding.approve_request(caller, request.pk)
    assert state_of(key) == KeyState.ENABLED

    deciding.reject_request(caller, request.pk, reason="He left")
    assert Approval.objects.get().state == ApprovalState.REJECTED


def test_only_who_may_do_the_same_with_this_key_sees_and_approves_it(
    asking: None, caller: Caller, eve: Person, bob: Person, key: Key
) -> None:
    payments = create_enterprise_project(caller, name="payments")
    paid = operations.create_key(caller, alias="paid", enterprise_project=payments.eps_id)
    give_role(caller, bob.user, RoleWish("KMS CMKFullAccess", None, payments))
    other, his = ask_to_delete(caller, key), ask_to_delete(caller, paid)

    lines, _after = deciding.list_requests(now(bob))

    assert [(one.request.pk, one.may_decide) for one in lines] == [(his.pk, True)]
    assert (deciding.count_waiting(now(bob)), deciding.count_waiting(now(eve)), deciding.count_waiting(caller)) == (
        1,
        2,
        0,
    )
    with pytest.raises(errors.NotFound):
        deciding.approve_request(now(bob), other.pk)
    deciding.approve_request(now(bob), his.pk)
    assert (state_of(key), state_of(paid)) == (KeyState.ENABLED, KeyState.PENDING_DELETION)


def test_a_reader_sees_nothing_and_a_neighbour_nothing(
    asking: None, caller: Caller, bob: Person, neighbour: Caller, key: Key
) -> None:
    give_role(caller, bob.user, RoleWish("KMS User"))
    request = ask_to_delete(caller, key)

    for stranger in (now(bob), neighbour):
        assert deciding.list_requests(stranger) == ([], "")
        for forbidden in (
            lambda by=stranger: deciding.approve_request(by, request.pk),
            lambda by=stranger: deciding.reject_request(by, request.pk, reason="no"),
            lambda by=stranger: deciding.withdraw_request(by, request.pk),
        ):
            with pytest.raises(errors.NotFound):
                forbidden()
    assert Approval.objects.get().is_open


# The other ends


def test_a_request_ends_after_seven_days_and_can_be_made_anew(
    asking: None, caller: Caller, eve: Person, key: Key
) -> None:
    request = ask_to_delete(caller, key)
    Approval.objects.update(expires_at=timezone.now())

    with pytest.raises(deciding.RequestClosed, match="Expired"):
        deciding.approve_request(now(eve), request.pk)
    assert deciding.list_requests(caller) == ([], "")
    assert ask_to_delete(caller, key).pk != request.pk
    assert [one.request.state_now for one in deciding.list_requests(caller, is_open=False)[0]] == ["expired"]


def test_a_request_is_withdrawn_by_who_made_it_alone(asking: None, caller: Caller, eve: Person, key: Key) -> None:
    request = ask_to_delete(caller, key)
    with pytest.raises(deciding.NotYourRequest):
        deciding.withdraw_request(now(eve), request.pk)

    deciding.withdraw_request(caller, request.pk)

    with pytest.raises(deciding.RequestClosed):
        deciding.approve_request(now(eve), request.pk)
    assert ask_to_delete(caller, key)


def test_whoever_rejects_says_why(asking: None, caller: Caller, eve: Person, key: Key) -> None:
    request = ask_to_delete(caller, key)
    with pytest.raises(deciding.ReasonMissing):
        deciding.reject_request(now(eve), request.pk, reason=" ")

    deciding.reject_request(now(eve), request.pk, reason="Still read by billing")

    ((line,), _after) = deciding.list_requests(caller, is_open=False)
    assert (line.request.state, line.request.reason, line.request.decider) == (
        "rejected",
        "Still read by billing",
        "eve",
    )
    assert Trace.objects.get(name="rejectApproval", status=200).resource_id == str(key.pk)


def test_many_requests_take_pages(asking: None, caller: Caller) -> None:
    for number in range(4):
        ask_to_delete(caller, operations.create_key(caller, alias=f"key-{number}"))

    first, after = deciding.list_requests(caller, size=3)
    second, end = deciding.list_requests(caller, size=3, after=after)

    assert [one.request.resource_name for one in first + second] == ["key-3", "key-2", "key-1", "key-0"]
    assert end == ""


# The switch


def test_switching_on_needs_a_second_who_manages_the_account(caller: Caller, alice: Person, bob: Person) -> None:
    give_role(caller, bob.user, RoleWish("KMS Administrator"))
    with pytest.raises(SecondAdministratorMissing):
        turn_approval_on(caller)

    update_user(caller, bob.user, is_owner=True)
    update_user(caller, bob.user, is_active=False)
    with pytest.raises(SecondAdministratorMissing):
        turn_approval_on(caller)

    update_user(caller, bob.user, is_active=True)
    turn_approval_on(caller)
    assert Account.objects.get(pk=alice.account.pk).needs_approval


def test_only_who_manages_the_account_switches(asking: None, caller: Caller, bob: Person) -> None:
    give_role(caller, bob.user, RoleWish("KMS Administrator"))

    for forbidden in (lambda: turn_approval_on(now(bob)), lambda: turn_approval_off(now(bob))):
        with pytest.raises(errors.NotPermitted):
            forbidden()


def test_switching_off_needs_the_approval_that_it_ends(asking: None, caller: Caller, eve: Person, bob: Person) -> None:
    give_role(caller, bob.user, RoleWish("KMS Administrator"))
    request = ask(lambda: turn_approval_off(caller))
    account = Account.objects.get(pk=eve.account.pk)
    assert account.needs_approval
    assert deciding.list_requests(now(bob)) == ([], "")
    with pytest.raises(deciding.OwnRequest):
        deciding.approve_request(caller, request.pk)

    deciding.approve_request(now(eve), request.pk)

    assert Account.objects.filter(pk=account.pk, needs_approval=False).exists()
    assert Trace.objects.get(name="turnApprovalOff", status=200).detail["requested_by"] == "northwind/northwind"
    turn_approval_off(caller)  # nothing to ask for


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_owner": False}])
def test_the_second_administrator_stays_as_long_as_it_is_on(
    asking: None, caller: Caller, eve: Person, bob: Person, change: dict[str, Any]
) -> None:
    with pytest.raises(SecondAdministratorStays):
        update_user(Caller.server(eve.account), eve.user, **change)
    assert now(eve).user.is_active  # type: ignore[union-attr]

    update_user(caller, bob.user, is_owner=True)
    update_user(caller, eve.user, **change)
