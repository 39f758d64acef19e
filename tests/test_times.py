"""Times as people read them: near ones by their distance, all others by their date, in both languages."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone, translation

from console.templatetags import shown
from console.times import left_text, near_text


@pytest.mark.parametrize(
    ("distance", "english", "chinese"),
    [
        (timedelta(seconds=-5), "just now", "刚刚"),
        (timedelta(seconds=20), "in a moment", "马上"),
        (timedelta(minutes=-2), "2 minutes ago", "2分钟前"),
        (timedelta(minutes=-1), "1 minute ago", "1分钟前"),
        (timedelta(hours=-3), "3 hours ago", "3小时前"),
        (timedelta(hours=5, seconds=5), "in 5 hours", "5小时后"),
        (timedelta(days=-6), "6 days ago", "6天前"),
        (timedelta(days=1, seconds=5), "in 1 day", "1天后"),
    ],
)
def test_what_is_near_is_told_by_its_distance(distance: timedelta, english: str, chinese: str) -> None:
    moment = timezone.now() + distance

    with translation.override("en"):
        assert near_text(moment) == english
    with translation.override("zh-hans"):
        assert near_text(moment) == chinese


@pytest.mark.parametrize(
    ("seconds", "text"), [(86_399, "23:59:59"), (3_600, "1:00:00"), (65, "1:05"), (0, "0:00"), (-5, "0:00")]
)
def test_what_is_left_is_counted_to_the_second(seconds: int, text: str) -> None:
    assert left_text(timezone.now() + timedelta(seconds=seconds, milliseconds=200)) == text


def test_what_is_seven_days_away_is_told_by_its_date() -> None:
    moment = datetime(2020, 3, 4, 5, 6, 7, tzinfo=UTC)

    with translation.override("en"):
        assert near_text(moment) == "Mar 4, 2020"


def test_a_time_in_a_page_says_the_whole_moment_in_its_title() -> None:
    moment = datetime(2020, 3, 4, 5, 6, 7, tzinfo=UTC)

    with translation.override("en"), timezone.override("Asia/Singapore"):
        assert shown.moment(moment) == (
            '<time datetime="2020-03-04T05:06:07+00:00" title="2020-03-04 05:06:07 UTC">'
            "Mar 4, 2020 13:06:07 GMT+08:00</time>"
        )
        assert 'title="Mar 4, 2020 13:06:07 GMT+08:00">Mar 4, 2020<' in shown.ago(moment)


def test_a_number_is_grouped() -> None:
    assert shown.grouped(20000) == "20,000"
