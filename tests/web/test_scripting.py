"""Markup that anybody types stays text: stored or thrown back, on every page, in parts, messages, files and headers."""

import csv
import inspect
import re
from collections.abc import Callable, Iterator
from html import escape
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.test import Client
from django.urls import resolve

from console.access.caller import Caller
from console.models import Region
from console.operations.places import update_region
from keys import operations
from keys.errors import KmsError
from keys.views import filters
from tests.support.estate import Estate, addresses
from tests.support.people import Person
from tests.support.wire import kms

Walk = Callable[..., Iterator[tuple[str, str, Client]]]
PAYLOAD = "\"'></textarea><img src=x onerror=alert(1)>{{7|add:654321}}"
RAW = ("<img src=x", "'></textarea>", "654328")
"""What is in a page only if something of it was taken for markup, or for a template."""
ASKED = re.compile(r"(?:GET|POST|query|GET|asked)\.get(?:list)?\(\s*\"(\w+)\"")
FORMULA = "=HYPERLINK(1)"


def taken_for_markup(answer: Any) -> list[str]:
    """What of the payload came out raw: in a page, or in a header of any answer."""
    headers = [value for name, value in answer.headers.items() if any(one in value for one in (*RAW, "\n", "\r"))]
    is_page = "html" in answer.get("Content-Type", "")
    return headers + [one for one in RAW if is_page and one in answer.text]


@pytest.fixture
def estate(alice: Person) -> Estate:
    """With the payload wherever any text may stand."""
    superuser = Caller.server(alice.account)
    update_region(superuser, Region.objects.get(pk=alice.project.region_id), name=PAYLOAD)
    return Estate.of(alice, PAYLOAD)


# Stored

# The fields that take any text. They are filled by Estate, and by the region's name above.
FREE = {
    "keys.Key.description",
    "console.EnterpriseProject.name",
    "console.EnterpriseProject.description",
    "console.Project.description",
    "console.Region.name",
    "console.CustomRole.description",
    "console.Approval.reason",
    "console.Passkey.name",
    "console.Identity.subject",
    "keys.DeletionProtection.reason",
    "keys.KvVersion.name",
}
# Fields that nobody types into: ids, digests, names of operations, and what the trail repeats of fields above.
MADE = re.compile(
    r"(console\.(Trace|TraceStream|TraceArchive|CallCount|Process|Protection|Token|TemporaryAccessKey)\.\w+)"
    r"|console\.(AccessKey\.ak|User\.(id|username|password|service|recent_projects|first_name|last_name|email)|RoleAssignment\.role)"
    r"|console\.(Approval\.(id|operation|action|resource_id|resource_name|arguments|state)|CustomRole\.actions)"
    r"|console\.(Passkey\.(credential_id|transports)|RecoveryCode\.digest|PendingSignIn\.\w+)"
    r"|console\.(Session\.\w+|PastPassword\.password|Identity\.issuer)"
    r"|console\.(ServiceToken\.digest|Account\.id|Project\.id|EnterpriseProject\.eps_id)"
    r"|keys\.(Key\.(creation_token|key_spec|key_usage|origin)|KeyVersion\.reason|ImportTicket\.token_digest|Grant\.id)"
    r"|keys\.(Tag\.(name|slug)|TaggedKey\.tag_key)"
)


def test_every_text_field_takes_any_text_and_is_shown_below_or_refuses_markup() -> None:
    unknown = []
    for model in (one for app in ("console", "keys") for one in apps.get_app_config(app).get_models()):
        for field in model._meta.concrete_fields:
            name = f"{model._meta.label}.{field.attname}"
            if not isinstance(field, models.CharField | models.TextField | models.JSONField) or MADE.fullmatch(name):
                continue
            value: Any = [PAYLOAD] if isinstance(field, models.JSONField) else PAYLOAD
            try:
                field.run_validators(value)
            except (ValidationError, KmsError):
                continue
            unknown += [name] if name not in FREE else []

    assert unknown == []


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["pages", "parts"])
def test_no_page_takes_a_stored_text_for_markup(walk: Walk, headers: dict[str, str]) -> None:
    answers = [(route, client.get(at, headers=headers)) for route, at, client in walk()]

    assert [(route, found) for route, answer in answers if (found := taken_for_markup(answer))] == []
    shown = {route for route, answer in answers if escape(PAYLOAD).encode() in answer.content}
    assert len(shown) > (15 if headers else 30), shown


def test_no_message_takes_a_stored_text_for_markup(estate: Estate) -> None:
    client = estate.person.client()
    at = estate.address("console/<str:project_id>/enterprise-projects/<str:eps_id>")
    fields = {"name": PAYLOAD, "description": PAYLOAD, "is_enabled": "on"}
    page = estate.address("console/<str:project_id>/enterprise-projects")

    shown = client.post(at, fields, follow=True)
    part = client.post(at, fields, headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver{page}"})

    for answer in (shown, part):
        assert taken_for_markup(answer) == []
        assert escape(PAYLOAD) in answer.text
    assert "data-toast" in shown.text
    assert "data-toast" in part.text


def test_no_answer_of_the_api_is_a_page(estate: Estate) -> None:
    answer = kms(estate.person, "describe-key", {"key_id": str(estate.key.pk)})

    assert answer.json["key_info"]["key_description"] == PAYLOAD
    assert (answer.headers["content-type"], answer.headers["x-content-type-options"]) == ("application/json", "nosniff")


# Thrown back


def names_asked(view: Any) -> list[str]:
    """The names of fields that the module of a view knows: those that it reads, and those of its forms."""
    module = inspect.getmodule(getattr(view, "view_class", view))
    assert module is not None
    own = [one for one in vars(module).values() if isinstance(one, type) and issubclass(one, forms.Form)]
    fields = [*getattr(view, "fields", []), *(name for form in own for name in form.base_fields)]
    asked = ASKED.findall(inspect.getsource(module))
    names = [*fields, *asked, *(filters.NAMES if hasattr(module, "filters") else ())]
    return list(dict.fromkeys([*names, "next", "by", "q"]))


def test_the_fields_that_views_ask_for_are_found() -> None:
    from console.views.places import places
    from console.views.users import users
    from keys.views.grants import create
    from keys.views.listing import listing

    assert {"words", "after"} <= {*names_asked(users)}
    assert {"q", "at"} <= {*names_asked(places)}
    assert {"state", "tag", "rows", "sort", "words"} <= {*names_asked(listing)}
    assert {"name", "grantee_principal", "operations"} <= {*names_asked(create)}


LONG = "9" * 5000  # digits, and more than a number is read from


def test_no_page_takes_a_field_of_its_address_for_markup(walk: Walk) -> None:
    found = []
    for route, at, client in walk():
        client.raise_request_exception = False
        names = ["q", "o", "p"] if route.startswith("admin/") else names_asked(resolve(at).func)
        tried: list[dict[str, str]] = [dict.fromkeys(names, PAYLOAD), dict.fromkeys(names, LONG)]
        tried += [{name: PAYLOAD} for name in names] if "<str:project_id>" in route else []
        for fields in tried:
            answer = client.get(at, fields)
            found += [(route, list(fields), one) for one in taken_for_markup(answer)]
            found += [(route, list(fields), "failed")] if answer.status_code >= 500 else []

    assert found == []


def test_no_form_takes_what_is_typed_for_markup(walk: Walk) -> None:
    found, shown = [], set()
    for route, at, client in walk("console/"):
        if not at.startswith("/console/"):
            continue
        client.raise_request_exception = False
        names = [*names_asked(resolve(at).func), "tag-1-key", "tag-1-value"]
        for fields in (dict.fromkeys(names, PAYLOAD), dict.fromkeys(names, LONG)):
            answer = client.post(at, fields)
            found += [(route, list(fields), one) for one in taken_for_markup(answer)]
            found += [(route, list(fields), "failed")] if answer.status_code >= 500 else []
            shown |= {route} if escape(PAYLOAD) in answer.text else set()

    assert found == []
    assert len(shown) > 15, shown


def test_the_page_to_sign_in_takes_nothing_for_markup(client: Client) -> None:
    fields = dict.fromkeys(("account", "user", "next", "kept"), PAYLOAD)

    for answer in (client.get("/sign-in", {"next": PAYLOAD}), client.post("/sign-in", fields)):
        assert taken_for_markup(answer) == []
        assert escape(PAYLOAD) in answer.text


# Files


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", "=cmd|' /C calc'!A0"])
def test_no_file_holds_a_formula(alice: Person, start: str) -> None:
    text = f"{start}{FORMULA}"
    estate = Estate.of(alice, text.strip())
    operations.update_description(alice.caller, estate.key.pk, text)
    client = alice.client()

    for route in ("kms/keys.csv", "kms/usage.csv", "traces.csv"):
        content = client.get(estate.address(f"console/<str:project_id>/{route}")).text
        cells = [cell for row in csv.reader(content.splitlines(keepends=True)) for cell in row]
        assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
        assert route != "kms/keys.csv" or any(FORMULA in cell for cell in cells)


def test_every_file_of_cells_is_one_of_these() -> None:
    files = {route.partition("/kms/")[2] or route.rpartition("/")[2] for route, _names in addresses() if "csv" in route}

    assert files == {"keys.csv", "usage.csv", "traces.csv", "csv"}  # the last is one's own access key
