"""What each action of key management allows, in words: what an account's own roles are made of.

Left out is what this server only knows by name (dedicated key stores and their like, `keys/operations/absent.py`): it
would promise what nobody can do here.
"""

from django.utils.translation import gettext_lazy as _

from console.access.actions import Action, Class, Group

READ, USE, MANAGE = Class.READ, Class.USE, Class.MANAGE

GROUPS = (
    Group(
        "keys",
        _("Keys"),
        (
            Action("kms:cmk:list", _("List keys, and search them"), READ),
            Action("kms:cmk:get", _("See a key's properties"), READ),
            Action("kms:cmk:getPublicKey", _("Get a key's public key"), READ),
            Action("kms:cmk:getInstance", _("See how many keys there are"), READ),
            Action("kms:cmk:getQuota", _("See the quota"), READ),
            Action("kms:cmk:create", _("Create keys"), MANAGE),
            Action("kms:cmk:enable", _("Enable keys"), MANAGE),
            Action("kms:cmk:disable", _("Disable keys"), MANAGE),
            Action(
                "kms:cmk:update",
                _("Change alias, description and enterprise project; schedule and cancel the deletion"),
                MANAGE,
            ),
            Action("kms:cmk:protect", _("Protect keys from deletion, and lift the protection"), MANAGE),
        ),
    ),
    Group(
        "cryptography",
        _("Cryptography"),
        (
            Action("kms:cmk:crypto", _("Encrypt and decrypt data"), USE),
            Action("kms:dek:create", _("Create data keys"), USE),
            Action("kms:dek:crypto", _("Encrypt and decrypt data keys"), USE),
            Action("kms:dek:createPair", _("Create data key pairs"), USE),
            Action("kms:cmk:sign", _("Sign"), USE),
            Action("kms:cmk:verify", _("Verify signatures"), USE),
            Action("kms:cmk:generateMac", _("Generate message authentication codes"), USE),
            Action("kms:cmk:verifyMac", _("Verify message authentication codes"), USE),
            Action("kms:cmk:generate", _("Generate random numbers"), USE),
        ),
    ),
    Group(
        "rotation",
        _("Rotation"),
        (
            Action("kms:cmk:getRotation", _("See how a key rotates"), READ),
            Action("kms:cmk:enableRotation", _("Switch rotation on"), MANAGE),
            Action("kms:cmk:disableRotation", _("Switch rotation off"), MANAGE),
            Action("kms:cmk:updateRotation", _("Change the rotation period"), MANAGE),
            Action("kms:cmk:rotate", _("Rotate a key now"), MANAGE),
        ),
    ),
    Group(
        "material",
        _("Imported material"),
        (
            Action("kms:cmk:getMaterial", _("Get a wrapping key for an import"), MANAGE),
            Action("kms:cmk:importMaterial", _("Import key material"), MANAGE),
            Action("kms:cmk:deleteMaterial", _("Delete imported material"), MANAGE),
        ),
    ),
    Group(
        "grants",
        _("Grants"),
        (
            Action("kms:grant:list", _("See grants, and who may use a key"), READ),
            Action("kms:grant:create", _("Create grants, to anybody"), MANAGE),
            Action("kms:grant:revoke", _("Revoke grants"), MANAGE),
            Action("kms:grant:retire", _("Retire grants"), MANAGE),
        ),
    ),
    Group(
        "aliases",
        _("Aliases"),
        (
            Action("kms:alias:list", _("See aliases"), READ),
            Action("kms:alias:create", _("Give keys aliases"), MANAGE),
            Action("kms:alias:associate", _("Move aliases to other keys"), MANAGE),
            Action("kms:alias:delete", _("Delete aliases"), MANAGE),
        ),
    ),
    Group(
        "tags",
        _("Tags"),
        (
            Action("kms:cmkTag:list", _("See tags"), READ),
            Action("kms:cmkTag:listInstance", _("Search keys by tags"), READ),
            Action("kms:cmkTag:create", _("Add tags"), MANAGE),
            Action("kms:cmkTag:delete", _("Delete tags"), MANAGE),
            Action("kms:cmkTag:batch", _("Add and delete several tags at once"), MANAGE),
        ),
    ),
    Group(
        "mounts",
        _("Mounts"),
        (
            Action("kms:mount:create", _("Create mounts for secrets and keys of databases"), MANAGE),
            Action("kms:mount:delete", _("Delete mounts, and destroy what they hold"), MANAGE),
        ),
    ),
    Group("traces", _("Traces"), (Action("kms:trace:list", _("Read the traces, and verify the trail"), READ),)),
)
