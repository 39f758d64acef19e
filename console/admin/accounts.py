"""Accounts."""

from typing import ClassVar

from django.contrib import admin, messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from console.admin.base import Formsets, Given, OperationAdmin, caller_of
from console.models import Account
from console.operations.accounts import create_account, update_account
from console.operations.usage import calls_of_month


class AccountAdmin(OperationAdmin[Account]):
    """Accounts with their quota; a new one begins with a user, projects and an access key, shown once."""

    list_display = ("name", "id", "is_enterprise", "keys_used", "created_at", "users")
    list_filter = ("is_enterprise", "created_at")
    search_fields = ("name", "=id")
    search_help_text = _("A part of the name, or the account ID.")
    fields = (
        *("name", "id", "is_enterprise", "key_quota", "key_count", "needs_second_factor", "needs_approval"),
        *("calls", "created_at", "users"),
    )
    readonly_fields = ("id", "key_count", "needs_second_factor", "needs_approval", "calls", "created_at", "users")
    fixed_fields: ClassVar[tuple[str, ...]] = ("name",)

    def get_fields(self, request: HttpRequest, obj: Account | None = None) -> tuple[str, ...]:
        return self.fields if obj else ("name", "is_enterprise", "key_quota")

    @admin.display(description=_("keys used"))
    def keys_used(self, account: Account) -> str:
        return gettext("%(used)s of %(quota)s") % {"used": account.key_count, "quota": account.key_quota}

    @admin.display(description=_("API calls this month"))
    def calls(self, account: Account) -> str:
        month = calls_of_month(account)
        sentence = gettext("%(calls)s calls, %(free)s of them free, %(billable)s billable")
        return sentence % {"calls": month.calls, "free": month.calls - month.billable, "billable": month.billable}

    @admin.display(description=_("users"))
    def users(self, account: Account) -> SafeString:
        address = f"{reverse('admin:console_user_changelist')}?account__id__exact={account.pk}"
        return format_html('<a href="{}">{}</a>', address, gettext("Users of this account"))

    def create(self, request: HttpRequest, given: Given) -> Account:
        made = create_account(caller_of(request), **given)
        sentence = gettext(
            "User %(user)s signs in with the password %(password)s. Access key ID: %(ak)s, "
            "secret access key: %(secret)s. Note them now: password and secret access key are not shown again."
        )
        values = {
            "user": made.user.username,
            "password": made.password,
            "ak": made.access_key.ak,
            "secret": made.secret_key,
        }
        messages.warning(request, sentence % values)
        return made.account

    def update(self, request: HttpRequest, row: Account, given: Given, formsets: Formsets) -> None:
        update_account(caller_of(request, row), row, **given)
