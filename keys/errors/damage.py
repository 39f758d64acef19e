"""What the database holds wrapped and what does not open any more: damaged, or put in the place of another."""

from django.utils.translation import gettext_lazy as _

from keys.errors.base import KmsError


class MaterialDamaged(KmsError):
    code, status = "KMS.0103", 500
    text = _(
        "Version %(version)s of the key %(key_id)s does not open: its material is damaged in the database. Other keys "
        "work. Tell the administrator of this server to restore it from a backup."
    )


class SecretDamaged(KmsError):
    code, status = "KMS.0103", 500
    text = _(
        "The secret of the access key %(ak)s does not open: it is damaged in the database. Use another access key, and "
        "tell the administrator of this server."
    )


class ImportDamaged(KmsError):
    code, status, field = "KMS.0103", 500, "import_token"
    text = _(
        "What this import began with is damaged in the database. Get new parameters for the import, and wrap the "
        "material anew."
    )
