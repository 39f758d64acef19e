"""Lists by alias, of unused keys, and of keys with a tag in the order of the list: columns and what they hold."""

import uuid
from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Max, OuterRef, Subquery
from django.db.models.functions import TruncDate

import keys.models.key


def fill(apps: Any, _schema_editor: Any) -> None:
    Key = apps.get_model("keys", "Key")
    TaggedKey = apps.get_model("keys", "TaggedKey")
    CallCount = apps.get_model("console", "CallCount")
    key = Key.objects.filter(pk=OuterRef("content_object_id"))
    TaggedKey.objects.update(project_id=Subquery(key.values("project_id")), number=Subquery(key.values("number")))
    Key.objects.update(unused_since=TruncDate("created_at", tzinfo=None))
    used = CallCount.objects.exclude(resource_id="").filter(last_at__isnull=False)
    for one in used.values("resource_id").annotate(last=Max("day")).iterator():
        try:
            key_id = uuid.UUID(one["resource_id"])
        except ValueError:
            continue
        Key.objects.filter(pk=key_id, unused_since__lt=one["last"]).update(unused_since=one["last"])


class Migration(migrations.Migration):
    dependencies = [
        ("console", "0005_calls_by_user"),
        ("keys", "0006_lists_are_filtered"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="key", name="keys_newest_first"),
        migrations.AddField(
            model_name="key",
            name="unused_since",
            field=models.DateField(default=keys.models.key.today, editable=False, verbose_name="unused since"),
        ),
        migrations.AddField(
            model_name="taggedkey",
            name="number",
            field=models.PositiveBigIntegerField(null=True, editable=False),
        ),
        migrations.AddField(
            model_name="taggedkey",
            name="project",
            field=models.ForeignKey(
                null=True,
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.CASCADE,
                to="console.project",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
