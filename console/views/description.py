"""The API's description for tools."""

import json
from functools import cache

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from console.api.openapi import describe


@login_not_required
@require_safe
def openapi(_request: HttpRequest) -> HttpResponse:
    """OpenAPI 3.1, for everybody: it tells no more than the documentation does."""
    return HttpResponse(_described(), content_type="application/json", headers={"Access-Control-Allow-Origin": "*"})


@cache
def _described() -> bytes:
    return json.dumps(describe(settings.PUBLIC_URL), ensure_ascii=False).encode()
