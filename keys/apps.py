from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from console.services import COMPUTE, DATABASES, SECURITY, STORAGE, Page, Service


class KeysConfig(AppConfig):
    name = "keys"
    verbose_name = _("Key Management")
    services = (
        Service(
            title=_("Data Encryption Workshop"),
            help=_("Create keys, control who uses them, and see every use"),
            category=SECURITY,
            icon="key",
            address="keys:list",
            side_title=_("Key Management"),
            shortcuts=(("c", "keys:create"), ("g-k", "keys:list"), ("g-t", "console:traces")),
            pages=(
                Page(_("Home"), "home", "keys:home"),
                Page(_("Keys"), "key", "keys:list"),
                Page(_("Default keys"), "lock", "keys:default-keys"),
                Page(pgettext_lazy("calls of the API", "Usage"), "chart", "keys:usage"),
                Page(_("Traces"), "list", "console:traces"),
                Page(_("API reference"), "grid", "console:reference"),
            ),
        ),
        Service(
            title=_("Object Storage Service"),
            help=_("Encrypt objects in a store of your own"),
            category=STORAGE,
            icon="bucket",
            address="keys:service-obs",
        ),
        Service(
            title=_("Elastic Volume Service"),
            help=_("Encrypt disks"),
            category=STORAGE,
            icon="disk",
            address="keys:service-evs",
        ),
        Service(
            title=_("Image Management Service"),
            help=_("Encrypt private images"),
            category=COMPUTE,
            icon="image",
            address="keys:service-ims",
        ),
        Service(
            title=_("Relational Database Service"),
            help=_("Encrypt the files of databases"),
            category=DATABASES,
            icon="database",
            address="keys:service-rds",
        ),
    )

    def ready(self) -> None:
        from console.access.actions import register_actions
        from console.access.permissions import register_role
        from console.api.dialects import register_dialect
        from console.api.glossary import explain
        from console.api.routes import register
        from console.operations.approvals import register_acts
        from console.operations.rewrapping import register_wrapped
        from console.operations.sentences import register_sentences, register_things
        from console.serving.chores import register_chore
        from console.views.user_parts import UserPart, register_user_part
        from keys.actions import GROUPS
        from keys.api.glossary import EXAMPLES, FIELDS
        from keys.api.routes import ROUTES
        from keys.aws.dialect import AWS
        from keys.crypto.material import forget_unwrapped
        from keys.operations.approved import ACTS
        from keys.operations.rewrapping import WRAPPED
        from keys.operations.rotating import sweep_rotations
        from keys.operations.sweeping import sweep_deletions, sweep_material
        from keys.operations.unused import sweep_uses
        from keys.permissions import SYSTEM_ROLES
        from keys.sentences import SENTENCES, THINGS
        from keys.vault.dialect import TABLE, VAULT
        from keys.vault.routes import ROUTES as VAULT_ROUTES
        from keys.views.services import grants_of_user

        register(ROUTES)
        TABLE.register(VAULT_ROUTES)
        register_dialect(VAULT)
        register_dialect(AWS)
        register_actions(GROUPS)
        register_sentences(SENTENCES)
        register_things(THINGS)
        register_wrapped(*WRAPPED)
        register_acts(*ACTS)
        register_user_part(UserPart("keys/services/user_grants.html", grants_of_user, "keys:create-service-user"))
        explain(FIELDS)
        explain(EXAMPLES)
        register_chore(sweep_deletions)
        register_chore(sweep_rotations)
        register_chore(sweep_material)
        register_chore(sweep_uses)
        register_chore(forget_unwrapped)  # what another worker destroyed is in no memory a minute later
        for name, actions in SYSTEM_ROLES.items():
            register_role(name, actions)
