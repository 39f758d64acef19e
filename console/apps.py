from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.utils.translation import gettext_lazy as _


class ConsoleConfig(AppConfig):
    name = "console"
    default = True
    verbose_name = _("Console")

    def ready(self) -> None:
        from console.api import enterprise, identity, versions
        from console.api.routes import register
        from console.operations.tokens import sweep_tokens
        from console.serving.chores import register_chore

        for calls in (versions.ROUTES, identity.ROUTES, enterprise.ROUTES):
            register(calls)
        register_chore(sweep_tokens)


class AdminConfig(admin.AdminConfig):
    default = False
    default_site = "console.admin.site.ConsoleAdminSite"
