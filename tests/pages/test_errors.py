"""What is shown when something failed on the server: a page that needs nothing of what may have failed."""

from django.test import RequestFactory
from django.utils import translation

from console.views.errors import server_error


def test_a_failure_is_a_page_that_names_the_request_and_leads_back() -> None:
    request = RequestFactory().get("/")
    request.request_id = "0a1b2c"  # type: ignore[attr-defined]

    with translation.override("en"):
        answer = server_error(request)

    page = answer.content.decode()
    assert answer.status_code == 500
    assert page.startswith("<!DOCTYPE html>")
    assert "give the administrator the request ID 0a1b2c" in page
    assert 'href="/"' in page


def test_a_failure_is_told_in_chinese_too() -> None:
    with translation.override("zh-hans"):
        page = server_error(RequestFactory().get("/")).content.decode()

    assert '<html lang="zh-Hans">' in page
    assert "无法显示此页面" in page
