"""What is wrong with mounts and the values that they hold."""

from django.utils.translation import gettext_lazy as _

from keys.errors.base import KmsError


class MountPathInvalid(KmsError):
    field = "path"
    text = _(
        "A mount's path has 1 to 120 letters, digits and _ - . / without a slash at either end. Its parts are none of "
        "%(words)s, and the first is none of %(reserved)s."
    )


class MountTaken(KmsError):
    field = "path"
    text = _("This project has a mount “%(path)s” already. Choose another path.")


class TooManyMounts(KmsError):
    field = "path"
    text = _("A project has at most %(most)s mounts. Delete one first.")


class MountNotFound(KmsError):
    code, status = "KMS.0207", 404
    text = _("There is no mount “%(path)s” in this project. Create it in the console, or correct the path.")


class MountHoldsValues(KmsError):
    field = "path"
    text = _(
        "Mount “%(path)s” holds %(count)s values, which whoever uses them could not read any more. Destroy them first."
    )


class ValueNameInvalid(KmsError):
    field = "name"
    text = _("A name has 1 to 255 characters, no empty part between slashes, and no control characters.")


class ValueNotFound(KmsError):
    code, status = "KMS.0207", 404
    text = _("“%(mount)s” holds no value “%(name)s”, or not this version of it. Nothing is made by reading.")


class ValueDeleted(ValueNotFound):
    """Its parameter `found` is the version."""

    text = _("Version %(version)s of “%(name)s” was deleted. Undelete it to read it.")


class ValueDestroyed(ValueDeleted):
    text = _("Version %(version)s of “%(name)s” was destroyed. Nothing brings it back.")


class ValueTooLong(KmsError):
    field = "value"
    text = _("The value has %(length)s bytes; %(most)s are possible.")


class ValueInvalid(KmsError):
    field = "value"
    text = _("The value is a JSON object. Send it as data.")


class VersionsDiffer(KmsError):
    field = "cas"
    text = _("The newest version is %(newest)s, not the one that cas names. Read it, and write again.")


class DatabaseKeyTaken(VersionsDiffer):
    field = "number"
    text = _("There is key %(number)s already. Rotate it, or choose another number.")


class TooManyVersions(KmsError):
    field = "name"
    text = _(
        "“%(name)s” has %(most)s versions, and none is dropped by itself, since a database may still use it. Destroy "
        "those that nothing uses any more."
    )


class TooManyValues(KmsError):
    field = "name"
    text = _("A mount holds at most %(most)s versions in all. Use another mount.")


class ValueDamaged(KmsError):
    code, status = "KMS.0103", 500
    text = _(
        "Version %(version)s of “%(name)s” does not open: it is damaged in the database. Tell the administrator of "
        "this server to restore it from a backup."
    )
