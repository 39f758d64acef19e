"""One act on the keys that were selected in the list: a dialog that names them, then what became of each."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from django.views.decorators.http import require_http_methods
from django_htmx.http import trigger_client_event

from console.access.caller import Caller
from console.operations.enterprise import enterprise_projects_of
from console.requests import ConsoleRequest
from console.times import near_text
from console.views.dialogs import dialog
from console.views.pages import OperationForm
from keys import operations
from keys.calls import Call
from keys.forms import TagForm
from keys.models import Key, is_usable
from keys.operations.batch import Outcome, for_each
from keys.operations.evidence import last_uses
from keys.operations.lifecycle import FEWEST_DAYS
from keys.operations.possible import refusal_of
from keys.operations.reading import PAGE_SIZES
from keys.operations.tags import TagPair
from keys.views.lifecycle import DeleteForm, DisableForm, EmptyForm
from keys.views.rows import key_row

MOST = max(PAGE_SIZES)
MOVE = "move"
"""The act that only enterprise accounts have."""


class DisableKeysForm(DisableForm):
    understood = forms.BooleanField(
        label=_("I understand that services using these keys stop being able to decrypt."),
        error_messages=DisableForm.base_fields["understood"].error_messages,
    )


@dataclass(frozen=True, slots=True)
class Act:
    """What can be done with several keys: its words, the call that it makes of each, and the form before it."""

    call: Call
    word: str | Promise
    title: Any
    done: Any
    form: type[OperationForm]
    work: Callable[[Caller, Any], Callable[[Any], object]]
    is_danger: bool = False


def _plain(operation: Callable[..., object]) -> Callable[[Caller, Any], Callable[[Any], object]]:
    return lambda caller, _form: partial(operation, caller)


def _deletion(caller: Caller, form: Any) -> Callable[[Any], object]:
    return lambda key_id: operations.schedule_key_deletion(caller, key_id, form.cleaned_data["pending_days"])


def _tagging(caller: Caller, form: Any) -> Callable[[Any], object]:
    pair = TagPair(form.cleaned_data["tag_key"], form.cleaned_data["tag_value"])
    return lambda key_id: operations.add_tags(caller, key_id, [pair])


class MoveForm(OperationForm):
    enterprise_project = forms.ChoiceField(label=_("To enterprise project"))

    def offer(self, caller: Caller) -> None:
        """Choose among the enabled ones, which alone take keys."""
        offered = [one for one in enterprise_projects_of(caller) if one.is_enabled]
        self.fields["enterprise_project"].choices = [(one.eps_id, one.name) for one in offered]  # type: ignore[attr-defined]


def _moving(caller: Caller, form: Any) -> Callable[[Any], object]:
    assert caller.project is not None  # noqa: S101 - the place is resolved before any view
    here, target = caller.project.pk, form.cleaned_data["enterprise_project"]
    return lambda key_id: operations.migrate_key(caller, key_id, project_id=here, enterprise_project=target)


ACTS = {
    "enable": Act(
        Call.ENABLE_KEY,
        _("Enable"),
        ngettext_lazy("Enable %(n)s key", "Enable %(n)s keys", "n"),
        ngettext_lazy("%(done)s of %(n)s key enabled", "%(done)s of %(n)s keys enabled", "n"),
        EmptyForm,
        _plain(operations.enable_key),
    ),
    "disable": Act(
        Call.DISABLE_KEY,
        _("Disable"),
        ngettext_lazy("Disable %(n)s key", "Disable %(n)s keys", "n"),
        ngettext_lazy("%(done)s of %(n)s key disabled", "%(done)s of %(n)s keys disabled", "n"),
        DisableKeysForm,
        _plain(operations.disable_key),
        is_danger=True,
    ),
    "cancel-deletion": Act(
        Call.CANCEL_KEY_DELETION,
        _("Cancel deletion"),
        ngettext_lazy("Cancel the deletion of %(n)s key", "Cancel the deletion of %(n)s keys", "n"),
        ngettext_lazy(
            "Deletion canceled for %(done)s of %(n)s key", "Deletion canceled for %(done)s of %(n)s keys", "n"
        ),
        EmptyForm,
        _plain(operations.cancel_key_deletion),
    ),
    "tag": Act(
        Call.CREATE_TAG,
        _("Add tag"),
        ngettext_lazy("Add a tag to %(n)s key", "Add a tag to %(n)s keys", "n"),
        ngettext_lazy("Tag added to %(done)s of %(n)s key", "Tag added to %(done)s of %(n)s keys", "n"),
        TagForm,
        _tagging,
    ),
    MOVE: Act(
        Call.MIGRATE_KEY,
        _("Move"),
        ngettext_lazy("Move %(n)s key", "Move %(n)s keys", "n"),
        ngettext_lazy("%(done)s of %(n)s key moved", "%(done)s of %(n)s keys moved", "n"),
        MoveForm,
        _moving,
    ),
    "delete": Act(
        Call.SCHEDULE_KEY_DELETION,
        _("Delete"),
        ngettext_lazy("Delete %(n)s key", "Delete %(n)s keys", "n"),
        ngettext_lazy(
            "Deletion scheduled for %(done)s of %(n)s key", "Deletion scheduled for %(done)s of %(n)s keys", "n"
        ),
        DeleteForm,
        _deletion,
        is_danger=True,
    ),
}


@cache
def acts_offered(_language: str | None, is_enterprise: bool) -> tuple[tuple[str, str, bool], ...]:
    """Name, word and danger of each act, for the buttons of the list."""
    return tuple((name, str(act.word), act.is_danger) for name, act in ACTS.items() if name != MOVE or is_enterprise)


def acts_for(key: Key) -> str:
    """The names of the acts that the key's state and kind allow, for the counts beside the buttons."""
    return " ".join(name for name, act in ACTS.items() if is_usable(key, act.call))


@require_http_methods(["GET", "POST"])
def batch(request: ConsoleRequest, act: str) -> HttpResponse:
    """The dialog of an act on the keys in the address; posted, what became of each."""
    if act not in ACTS:
        raise Http404
    chosen = ACTS[act]
    keys = operations.list_these(request.caller, request.GET.getlist("key")[:MOST])
    words = {"n": len(keys)}
    form = chosen.form(chosen.form.data_of(request), initial={"pending_days": FEWEST_DAYS})
    if isinstance(form, MoveForm):
        form.offer(request.caller)
    if request.method == "POST" and keys and form.is_valid():
        return _done(request, chosen, for_each(keys, chosen.work(request.caller, form)))
    found = [Outcome(key, refusal_of(request.caller, chosen.call, key)) for key in keys]
    possible = [one.key for one in found if one.refusal is None]
    context = {
        "act": act,
        "form": form,
        "word": chosen.word,
        "keys": _lines(request, found),
        "possible": len(possible),
        "is_over": not possible,
        "refusal": None if keys else _("Select keys in the list first."),
        "needs_approval": request.user.account.needs_approval,
        "tag_keys": operations.suggest_tags(request.caller) if act == "tag" and possible else [],
    }
    return dialog(
        request,
        "keys/batch.html",
        chosen.title % words,
        context,
        back=_list_address(request),
        is_danger=chosen.is_danger,
    )


def _done(request: ConsoleRequest, act: Act, outcomes: list[Outcome]) -> HttpResponse:
    """What became of each, in the place of the form; the list beneath is fetched anew."""
    done = sum(one.refusal is None for one in outcomes)
    sent = sum(one.is_sent for one in outcomes)
    context = {"form": EmptyForm(), "keys": _lines(request, outcomes), "is_over": True, "sent": sent}
    title = act.done % {"done": done, "n": len(outcomes)}
    answer = dialog(request, "keys/batch_done.html", title, context, back=_list_address(request))
    return trigger_client_event(answer, "contentChanged") if request.htmx else answer


def _lines(request: ConsoleRequest, outcomes: list[Outcome]) -> list[tuple[dict[str, Any], str, bool]]:
    """Each key as a row of the list, as it is now, with the reason of a refusal, and whether it was sent for approval
    instead of being done."""
    keys = operations.list_these(request.caller, [str(one.key.pk) for one in outcomes])
    reasons = {one.key.pk: one.refusal.messages[0] if one.refusal else "" for one in outcomes}
    sent = {one.key.pk for one in outcomes if one.is_sent}
    address, used = _list_address(request), {pk: near_text(at) for pk, at in last_uses(keys).items()}
    return [(key_row(key, address, used_text=used.get(key.pk, "")), reasons[key.pk], key.pk in sent) for key in keys]


def _list_address(request: ConsoleRequest) -> str:
    return reverse("keys:list", args=[request.place.pk])
