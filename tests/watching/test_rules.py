"""docs/deploy: dashboard and alerts ask of a real server only what it tells, and every alert has its paragraph."""

import json
import re
from typing import Any

import promql_parser
import pytest
import yaml

from tests.support.docs_pages import DOCS
from tests.watching.conftest import Life

# It makes things go wrong in SQLite's file; the counting and the lines are the same on PostgreSQL.
pytestmark = [pytest.mark.xdist_group("watching"), pytest.mark.sqlite]

FROM_PROMETHEUS = {"instance", "job"}
RULES: list[dict[str, Any]] = yaml.safe_load((DOCS / "deploy/alerts.yml").read_text())["groups"][0]["rules"]
DASHBOARD: dict[str, Any] = json.loads((DOCS / "deploy/grafana-dashboard.json").read_text())
PANELS = [one for one in DASHBOARD["panels"] if one["type"] != "row"]
QUERIES = [(one["alert"], one["expr"], " ".join(re.findall(r"\$labels\.(\w+)", str(one)))) for one in RULES] + [
    (panel["title"], one["expr"].replace("$__rate_interval", "5m"), " ".join(re.findall(r"\w+(?=}})", legend)))
    for panel in PANELS
    for one in panel["targets"]
    for legend in [one["legendFormat"]]
]


@pytest.fixture(scope="module")
def told(life: Life) -> dict[str, set[str]]:
    """The labels of every series of a real server, and of the one that Prometheus makes itself."""
    return {**life.scrape().labels(), "up": set()}


@pytest.mark.parametrize(
    ("name", "query", "shown"), QUERIES, ids=[f"{name} {at}" for at, (name, *_) in enumerate(QUERIES)]
)
def test_a_query_asks_for_what_a_real_server_tells(
    told: dict[str, set[str]], name: str, query: str, shown: str
) -> None:
    parsed = promql_parser.parse(query)

    selectors = within(parsed, promql_parser.VectorSelector)
    assert selectors
    for one in selectors:
        assert one.name in told, one
        assert {matcher.name for matcher in one.matchers.matchers} <= told[one.name] | FROM_PROMETHEUS, one
    for one in within(parsed, promql_parser.AggregateExpr):
        asked = {*one.modifier.labels} if one.modifier else set()
        for selector in within(one.expr, promql_parser.VectorSelector):
            assert asked - FROM_PROMETHEUS <= told[selector.name] or selector.name == "up", one
    known = set.union(*(told[one.name] for one in selectors)) | FROM_PROMETHEUS
    assert {*shown.split()} <= known


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_an_alert_says_how_urgent_it_is_and_what_to_do(rule: dict[str, Any]) -> None:
    assert {*rule} <= {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"].endswith(".")
    assert f"\n### {rule['alert']}\n" in (DOCS / "monitoring.md").read_text()


def test_the_page_tells_of_no_other_alerts() -> None:
    told = re.findall(r"^### (Kms\w+)$", (DOCS / "monitoring.md").read_text(), re.MULTILINE)

    assert told == [one["alert"] for one in RULES]


def test_the_dashboard_asks_one_data_source_that_is_chosen_in_it() -> None:
    assert [(one["name"], one["type"]) for one in DASHBOARD["templating"]["list"]] == [("datasource", "datasource")]
    sources = [one["datasource"]["uid"] for panel in PANELS for one in (panel, *panel["targets"])]
    assert {*sources} == {"${datasource}"}


def test_the_dashboards_panels_lie_beside_each_other() -> None:
    places = [one["gridPos"] for one in DASHBOARD["panels"]]
    fields = [
        (x, y) for at in places for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])
    ]

    assert len(fields) == len({*fields})
    assert all(at["x"] + at["w"] <= 24 for at in places)
    assert len({one["id"] for one in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_the_page_tells_of_every_metric_as_it_is(life: Life) -> None:
    page = (DOCS / "monitoring.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*?) \| (.*) \|$", page, re.MULTILINE)

    families = life.scrape().families
    told = {name: (one.type, {*one.samples[0].labels} - {"le"}, one.documentation) for name, one in families.items()}
    assert {name: (kind, {*re.findall(r"\w+", labels)}, text) for name, kind, labels, text in rows} == told


def within(expression: promql_parser.Expr, kind: type[Any]) -> list[Any]:
    """All parts of that kind."""
    found: list[Any] = []
    promql_parser.walk(expression, lambda one: found.append(one) if isinstance(one, kind) else None)
    return found
