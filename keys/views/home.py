"""Home: what needs attention, and where to start when there is nothing yet."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from console.operations.usage import month_of
from console.requests import ConsoleRequest
from keys.operations.attention import COUNTED, REFUSED_DAYS, UNUSED_DAYS, attention_of
from keys.operations.creation import ACTION as CREATE
from keys.operations.usage import READ, usage_of


@require_safe
def home(request: ConsoleRequest) -> HttpResponse:
    context = {
        "attention": attention_of(request.caller),
        "usage": usage_of(request.caller, month_of(timezone.now().date())) if request.caller.may(READ) else None,
        "account": request.user.account,
        "may_create": request.caller.may(CREATE),
        "counted": COUNTED,
        "unused_days": UNUSED_DAYS,
        "refused_days": REFUSED_DAYS,
    }
    return render(request, "keys/home.html", context)
