"""Apart from 0007: PostgreSQL alters no table whose rows were changed in the same transaction."""

import django.db.models.deletion
import django.db.models.functions
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("keys", "0007_unused_keys_and_orders"),
    ]

    operations = [
        migrations.AlterField(
            model_name="taggedkey",
            name="number",
            field=models.PositiveBigIntegerField(editable=False),
        ),
        migrations.AlterField(
            model_name="taggedkey",
            name="project",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.CASCADE,
                to="console.project",
            ),
        ),
        migrations.AddIndex(
            model_name="key",
            index=models.Index(
                condition=models.Q(("deleted_at", None)),
                fields=[
                    *("project", "-number", "deletion_at", "is_default", "state", "material_expires_at"),
                    *("key_spec", "key_usage", "origin", "enterprise_project", "alias", "unused_since"),
                ],
                name="keys_newest_first",
            ),
        ),
        migrations.AddIndex(
            model_name="key",
            index=models.Index(
                models.F("project"),
                django.db.models.functions.Lower("alias"),
                *(
                    models.F(name)
                    for name in (
                        *("number", "deletion_at", "is_default", "state", "material_expires_at"),
                        *("key_spec", "key_usage", "origin", "enterprise_project", "alias", "unused_since"),
                    )
                ),
                condition=models.Q(("deleted_at", None)),
                name="keys_by_alias",
            ),
        ),
        migrations.AddIndex(
            model_name="taggedkey",
            index=models.Index(
                fields=["project", "tag_key", "number", "tag", "content_object"], name="keys_of_a_tag"
            ),
        ),
    ]
