from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.utils.translation import gettext_lazy as _


class ConsoleConfig(AppConfig):
    name = "console"
    default = True
    verbose_name = _("Console")


class AdminConfig(admin.AdminConfig):
    default = False
    default_site = "console.admin.site.ConsoleAdminSite"
