"""Traces in the administration: read-only, searched by index, never counted."""

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from console.admin import paging, traces
from console.models import Trace
from console.operations.accounts import create_account
from keys.errors import KmsError
from keys.operations import create_key
from tests.support.plans import by_index_of_traces, plan_of, reads_all, statements

LIST = "/admin/console/trace/"


@pytest.fixture
def administrator(db) -> Client:
    client = Client()
    client.force_login(create_account(None, name="admin", is_superuser=True).user)
    return client


@pytest.fixture
def trail(alice, charlie) -> None:
    """Two accounts' traces: northwind's of two keys, one refused."""
    create_key(alice.caller, alias="orders")
    with pytest.raises(KmsError):
        create_key(alice.caller, alias="orders")
    create_key(charlie.caller, alias="bills")


def listed(client: Client, **query: str) -> list[Trace]:
    response = client.get(LIST, query)
    assert response.status_code == 200
    return [*response.context["cl"].result_list]


def test_the_newest_come_first(administrator, trail):
    found = listed(administrator)

    assert found == [*Trace.objects.order_by("-id")]
    assert "createKey" in administrator.get(LIST).text


@pytest.mark.parametrize(
    "query", [{}, {"q": "northwind"}, {"result": "refused"}, {"time": "day"}, {"p": "2"}, {"all": ""}]
)
def test_the_table_is_never_counted(administrator, trail, query, monkeypatch):
    monkeypatch.setattr(traces.TraceAdmin, "list_per_page", 2)

    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert administrator.get(LIST, query).status_code == 200

    asked = [one["sql"] for one in captured.captured_queries if "console_trace" in one["sql"]]
    assert asked
    assert not [sql for sql in asked if "COUNT(" in sql.upper() or "DISTINCT" in sql.upper()]


def test_the_list_looks_no_further_than_it_shows(administrator, trail, monkeypatch):
    monkeypatch.setattr(paging, "MOST", 3)
    monkeypatch.setattr(traces.TraceAdmin, "list_per_page", 2)

    page = administrator.get(LIST, {"p": "2"})

    assert len([*page.context["cl"].result_list]) == 1
    assert "the first 3 are shown" in page.text


def test_search_finds_by_request_resource_user_and_account(administrator, trail, alice, charlie):
    key = alice.account.projects.first().keys.model.objects.get(alias="orders")
    mine = Trace.objects.filter(account_id=alice.account.pk).order_by("-at", "-id")
    other = Trace.objects.get(account_id=charlie.account.pk, name="createKey")
    Trace.objects.filter(pk=other.pk).update(request_id="f" * 32)

    assert listed(administrator, q="f" * 32) == [other]
    assert listed(administrator, q=f" {key.pk} ") == [mine.get(resource_id=str(key.pk))]
    assert listed(administrator, q="northwind/northwind") == [*mine.filter(user_name="northwind/northwind")]
    assert listed(administrator, q="Northwind") == listed(administrator, q=alice.account.pk) == [*mine]
    assert listed(administrator, q="no such thing") == []


def test_the_server_administrators_traces_are_found_in_every_account(administrator, trail, charlie):
    administrator.post(f"/admin/console/account/{charlie.account.pk}/change/", {"key_quota": 3})

    assert charlie.account.pk in {one.account_id for one in listed(administrator, q="admin/admin")}


@pytest.mark.parametrize("term", ["northwind", "northwind/northwind", "a-resource", "0" * 32])
def test_a_search_goes_by_an_index(administrator, trail, term, rf):
    page = admin.site._registry[Trace]
    found, _more = page.get_search_results(rf.get(LIST), Trace.objects.order_by("-id"), term)

    with statements() as asked:
        list(found[: paging.MOST])

    plan = plan_of(asked[-1])
    assert not reads_all(plan), plan
    assert by_index_of_traces(plan), plan


def test_filters_have_choices_that_nobody_looks_up(administrator, trail):
    refused = listed(administrator, result="refused")

    assert [one.error_code for one in refused] == ["KMS.1104"]
    assert {one.status for one in listed(administrator, result="succeeded")} == {200}
    assert listed(administrator, result="failed") == []
    assert {one.resource_type for one in listed(administrator, type="key")} == {"key"}
    Trace.objects.update(at="2020-01-01T00:00:00Z")
    assert listed(administrator, time="month") == []


def test_a_filter_looks_through_the_newest_only(administrator, trail, monkeypatch):
    monkeypatch.setattr(traces, "LOOKED_THROUGH", 1)

    assert listed(administrator, result="refused") == []
    assert len(listed(administrator, result="succeeded")) == 1


def test_a_trace_shows_all_there_is_and_changes_by_nothing(administrator, trail):
    trace = Trace.objects.filter(name="createKey", status=200).first()
    address = reverse("admin:console_trace_change", args=[trace.pk])

    page = administrator.get(address).text

    for text in (
        trace.request_id,
        trace.stream_id,
        bytes(trace.mac).hex(),
        trace.resource_id,
        trace.user_id,
        "key_spec",
    ):
        assert text in page
    assert '<input type="submit"' not in page
    assert administrator.post(address, {"name": "other"}).status_code == 403
    assert administrator.get(f"{LIST}add/").status_code == 403


def test_an_address_can_not_ask_for_another_order_or_column(administrator, trail):
    assert listed(administrator, o="2") == listed(administrator)
    assert administrator.get(LIST, {"name__contains": "Key"}).status_code == 400
