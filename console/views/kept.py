"""What was typed when the session ended: it travels through the sign-in page and fills the form again."""

from django.http import HttpRequest, QueryDict

SESSION_KEY = "kept"
NEVER_KEPT = ("csrfmiddlewaretoken", "password", "secret", "plain_text", "message", "code", "credential")


def fields_to_keep(request: HttpRequest) -> str:
    """The posted fields as one urlencoded text, without tokens and secrets; empty where nothing was posted."""
    fields = request.POST.copy()
    for name in list(fields):
        if any(word in name for word in NEVER_KEPT):
            del fields[name]
    return fields.urlencode()


def keep(request: HttpRequest, path: str, fields: str) -> None:
    """Remember the fields in the session, for the form at `path`."""
    if fields:
        request.session[SESSION_KEY] = {"path": path, "fields": fields}


def take_kept(request: HttpRequest) -> QueryDict | None:
    """The fields kept for this page, once."""
    kept = request.session.get(SESSION_KEY)
    if not kept or kept["path"] != request.path:
        return None
    del request.session[SESSION_KEY]
    return QueryDict(kept["fields"])
