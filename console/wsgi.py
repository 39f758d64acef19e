"""The WSGI application that `manage.py up` serves: the API's door, and Django behind it for pages."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

from console.memory import return_freed_memory

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
return_freed_memory()
pages = get_wsgi_application()

from console.api import door  # noqa: E402 - after Django is set up


def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """Answer one request."""
    answered: Iterable[bytes] = (door.application if door.is_for_the_api(environ) else pages)(environ, start)
    return answered
