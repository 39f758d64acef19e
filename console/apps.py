from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.utils.translation import gettext_lazy as _


class ConsoleConfig(AppConfig):
    name = "console"
    default = True
    verbose_name = _("Console")

    def ready(self) -> None:
        from console.access.last_uses import keep_last_uses
        from console.api import credentials, enterprise, identity, traces, versions
        from console.api.routes import register
        from console.operations.approvals import register_acts
        from console.operations.rewrapping import OWN, register_wrapped
        from console.operations.second_administrator import ACT
        from console.operations.second_step import sweep_pending_sign_ins
        from console.operations.temporary_keys import sweep_temporary_keys
        from console.operations.tokens import sweep_tokens
        from console.partitions import make_partitions
        from console.serving.chores import register_chore

        for calls in (versions.ROUTES, identity.ROUTES, credentials.ROUTES, enterprise.ROUTES, traces.ROUTES):
            register(calls)
        register_wrapped(*OWN)
        register_acts(ACT)
        register_chore(sweep_tokens)
        register_chore(keep_last_uses)
        register_chore(sweep_temporary_keys)
        register_chore(sweep_pending_sign_ins)
        register_chore(make_partitions)


class AdminConfig(admin.AdminConfig):
    default = False
    default_site = "console.admin.site.ConsoleAdminSite"
